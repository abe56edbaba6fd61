using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EventDriven.AppHost;

/// <summary>
/// Where broker, database and mail processes keep their data, and the secrets that belong to it: kept between runs as a whole or not at all.
/// </summary>
internal sealed partial class DataFolder
{
    private static readonly string[] parts = ["kafka", "postgres", "secrets"];
    private readonly IConfiguration configuration;
    private readonly string root;
    private readonly Lock gate = new();
    private FileStream? claim;

    public DataFolder(IDistributedApplicationBuilder builder)
    {
        configuration = builder.Configuration;
        root = Path.GetFullPath(configuration["Data:Directory"] ?? StateFolder.Of(builder.AppHostDirectory));
        // The in-memory broker forgets, so what goes with it is forgotten too, apart from what an Apache Kafka has kept.
        Directory = Path.Combine(root, IsKept ? "kept" : "this-run");
    }

    public string Directory { get; }

    private bool IsKept => configuration["KAFKA_HOME"] is { Length: > 0 };

    public string Part(string name) => Path.Combine(Directory, name);

    /// <summary>A secret that lives as long as the data.</summary>
    public string Secret(string name)
    {
        Open(logger: null);
        var file = Path.Combine(Part("secrets"), name);
        lock (gate)
        {
            if (File.Exists(file)) return File.ReadAllText(file);
            var secret = RandomNumberGenerator.GetString("abcdefghijkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ0123456789", 40);
            OwnFiles.Write(file, secret);
            return secret;
        }
    }

    public void Open(IServiceProvider services)
    {
        Open(services.GetRequiredService<ILogger<DataFolder>>());
        services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopped.Register(Close);
    }

    private void Open(ILogger? logger)
    {
        lock (gate)
        {
            if (claim is not null) return;
            System.IO.Directory.CreateDirectory(root);
            OwnFiles.LetOthersPass(root);
            claim = Claim();
            WaitForLeftovers();
            if (MustBeEmptied(out var because))
            {
                if (because is not null && logger is not null) Emptied(logger, Directory, because);
                System.IO.Directory.Delete(Directory, recursive: true);
            }

            System.IO.Directory.CreateDirectory(Directory);
            OwnFiles.LetOthersPass(Directory);
            OwnFiles.CreateDirectory(Part("secrets"));
        }
    }

    private bool MustBeEmptied(out string? because)
    {
        because = null;
        if (!System.IO.Directory.Exists(Directory)) return false;
        if (!IsKept) return true;
        if (configuration.GetValue<bool>("reset"))
        {
            because = "--reset was given";
            return true;
        }

        var missing = Array.Find(parts, part => !System.IO.Directory.Exists(Part(part)));
        because = missing is null ? null : $"its part '{missing}' is missing and the others are worth nothing without it";
        return missing is not null;
    }

    private FileStream Claim()
    {
        try
        {
            return new FileStream(Path.Combine(root, "in-use"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new DistributedApplicationException(
                $"Another run uses the data in {root}: end it, or name another folder with --Data:Directory=<folder>.", e);
        }
    }

    // A host that was killed leaves its processes to be ended by others, which takes a moment.
    private void WaitForLeftovers()
    {
        foreach (var file in (string[])[Path.Combine(Part("postgres"), "data", "postmaster.pid"), Path.Combine(Part("kafka"), "broker.pid")])
        {
            if (LeftoverProcess.Of(file) is { } leftover && !leftover.WaitForExit(TimeSpan.FromSeconds(20)))
                throw new DistributedApplicationException($"Process {leftover.Id} still uses the data in {Directory}: end it, then start again.");
        }
    }

    private void Close()
    {
        lock (gate)
        {
            claim?.Dispose();
            claim = null;
        }
    }

    [LoggerMessage(LogLevel.Warning, "The data in {Directory} is emptied: {Because}.")]
    private static partial void Emptied(ILogger logger, string directory, string because);
}

internal static class DataFolderExtensions
{
    public static DataFolder AddDataFolder(this IDistributedApplicationBuilder builder)
    {
        var data = new DataFolder(builder);
        if (builder.ExecutionContext.IsPublishMode) return data;
        // Real Aspire keeps the logs in its dashboard; without it they are files here.
        builder.Configuration["Logs:Directory"] = data.Part("logs");
        builder.OnBeforeStart((start, _) =>
        {
            data.Open(start.Services);
            return Task.CompletedTask;
        });
        return data;
    }

    /// <summary>A secret that must live as long as the data; the same name is the same secret.</summary>
    public static IResourceBuilder<ParameterResource> AddSecret(this IDistributedApplicationBuilder builder, string name, DataFolder data)
    {
        if (builder.Resources.OfType<ParameterResource>().FirstOrDefault(parameter => parameter.Name == name) is { } known)
            return builder.CreateResourceBuilder(known);
        return builder.ExecutionContext.IsPublishMode
            ? builder.AddParameter(name, new GenerateParameterDefault { MinLength = 40, Special = false }, secret: true)
            : builder.AddParameter(name, () => data.Secret(name), secret: true);
    }
}
