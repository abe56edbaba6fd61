using System.Runtime.CompilerServices;
using System.Xml.Linq;
using ArchUnitNET.Domain;
using ArchUnitNET.Domain.Dependencies;
using ArchUnitNET.Loader;
using static ArchUnitNET.Fluent.ArchRuleDefinition;

namespace EventDriven.Tests;

/// <summary>Who may know whom, and what must stay pure.</summary>
public sealed class ArchitectureTests
{
    private static readonly string Root = Path.GetFullPath(Path.Combine(FolderOfThisFile(), "..", ".."));

    /// <summary>The programs of all services that this project refers to.</summary>
    internal static readonly System.Reflection.Assembly[] ServiceAssemblies =
        [.. Directory.GetFiles(AppContext.BaseDirectory, "*.dll").Where(IsOfAService).Select(System.Reflection.Assembly.LoadFrom)];

    private static readonly Architecture Services = new ArchLoader().LoadAssemblies(ServiceAssemblies).Build();

    public static TheoryData<string> ServiceProjects => [.. Directory.GetFiles(Path.Combine(Root, "services"), "*.csproj", SearchOption.AllDirectories).Select(p => Path.GetRelativePath(Root, p))];

    [Theory]
    [MemberData(nameof(ServiceProjects))]
    public void A_service_knows_no_other_service_only_contracts_and_building_blocks(string project)
    {
        var references = References(project);
        Assert.All(references, reference => Assert.Contains(reference.Split('/')[0], (string[])["building-blocks", "contracts", "EventDriven.ServiceDefaults"]));
    }

    [Theory]
    [InlineData("EventDriven.Log")]
    [InlineData("EventDriven.EventSourcing", "EventDriven.Log")]
    [InlineData("EventDriven.Messaging", "EventDriven.Log")]
    public void A_building_block_knows_only_what_it_stands_on(string block, params string[] below) =>
        Assert.Equal(below, References($"building-blocks/{block}/{block}.csproj").Select(r => r.Split('/')[1]));

    [Fact]
    public void Deciders_touch_no_clock_and_nothing_outside()
    {
        var deciders = Classes().That().HaveNameEndingWith("Decider");
        Assert.NotEmpty(deciders.GetObjects(Services));
        var rule = deciders.Should().NotDependOnAnyTypesThat().HaveFullNameMatching(@"^(System\.TimeProvider|System\.IO\..*|System\.Net\..*|Npgsql\..*|Confluent\..*|Microsoft\.AspNetCore\..*|System\.Threading\..*|System\.Random)$")
            .Because("a decision is a function of the command and the state: time and ids arrive in the command");
        Assert.Empty(rule.Evaluate(Services).Where(r => !r.Passed).Select(r => r.Description));
        // Methods that read a clock or draw an id on types that are otherwise values.
        var impure = deciders.GetObjects(Services).SelectMany(d => d.Members.OfType<MethodMember>())
            .SelectMany(m => m.MemberDependencies.OfType<MethodCallDependency>().Select(call => $"{m.FullName} calls {call.TargetMember.FullName}"))
            .Where(call => Impure.Any(name => call.Contains(name, StringComparison.Ordinal)));
        Assert.Empty(impure);
    }

    private static readonly string[] Impure = ["::get_UtcNow(", "::get_Now(", "::NewGuid(", "::CreateVersion7("];

    private static bool IsOfAService(string dll) => File.Exists(Path.Combine(Root, "services", Path.GetFileNameWithoutExtension(dll), Path.GetFileNameWithoutExtension(dll) + ".csproj"));

    /// <summary>The projects that a project references, from the root of the tree.</summary>
    private static string[] References(string project)
    {
        var path = Path.Combine(Root, project);
        return [.. XDocument.Load(path).Descendants("ProjectReference")
            .Select(r => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, r.Attribute("Include")!.Value.Replace('\\', '/'))))
            .Select(full => Path.GetRelativePath(Root, full).Replace('\\', '/'))];
    }

    private static string FolderOfThisFile([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
