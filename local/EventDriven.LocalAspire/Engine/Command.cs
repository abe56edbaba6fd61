using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Engine;

/// <summary>Turns a resource into the command that starts it: program, arguments, environment.</summary>
internal static class Command
{
    public static async Task<ProcessStartInfo> Of(
        IResource resource, DistributedApplicationExecutionContext execution, CancellationToken cancellationToken)
    {
        var args = new CommandLineArgsCallbackContext([], resource, cancellationToken);
        foreach (var annotation in resource.Annotations.OfType<ArgsCallback>()) await annotation.Callback(args);
        var arguments = new List<string>();
        foreach (var arg in args.Args) arguments.Add(await Text(arg, cancellationToken));

        var start = Start(resource, arguments);
        var environment = new EnvironmentCallbackContext(execution, resource, cancellationToken: cancellationToken);
        foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>())
            if (endpoint.PortVariable is { } variable)
                environment.EnvironmentVariables[variable] = endpoint.AllocatedPort!.Value.ToString(CultureInfo.InvariantCulture);
        foreach (var annotation in resource.Annotations.OfType<EnvironmentCallback>()) await annotation.Callback(environment);
        foreach (var (name, value) in environment.EnvironmentVariables) start.Environment[name] = await Text(value, cancellationToken);
        return start;
    }

    private static ProcessStartInfo Start(IResource resource, List<string> arguments)
    {
        if (resource is ExecutableResource executable)
        {
            var program = ProcessGroup.Own(executable.Command, arguments);
            program.WorkingDirectory = executable.WorkingDirectory;
            return program;
        }

        var project = resource.Annotations.OfType<IProjectMetadata>().Single();
        var built = BuildFacts.BuiltAssembly(project);
        var launcher = Path.ChangeExtension(built, OperatingSystem.IsWindows() ? ".exe" : null);
        var dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        var start = File.Exists(launcher)
            ? ProcessGroup.Own(launcher, arguments)
            : ProcessGroup.Own(Path.Combine(dotnet, "dotnet"), [built, .. arguments]);
        start.Environment["DOTNET_ROOT"] = dotnet;
        // Where `dotnet run` starts it too: settings files are read from the project's folder.
        start.WorkingDirectory = Path.GetDirectoryName(project.ProjectPath)!;
        return start;
    }

    private static async ValueTask<string> Text(object value, CancellationToken cancellationToken) =>
        (value is IValueProvider provider ? await provider.GetValueAsync(cancellationToken) : value.ToString()) ?? "";
}
