using EventDriven.Benchmarks.Measuring;
using EventDriven.Log;
using EventDriven.Log.PersonalData;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace EventDriven.Benchmarks.Workloads.EventSourcing;

/// <summary>The same appends as they are, without the hash chain, without the sequencer, and with their text encrypted: what each costs.</summary>
internal static class Costs
{
    private const int Writers = 8, Streams = 1_000;

    public static async Task Run(Arguments arguments)
    {
        var (appends, side) = (arguments.Number("appends", 20_000), arguments.Text("side", "ours"));
        await BenchService.Prepare();
        await Servers.Execute(BenchService.Name, $"create table keys (subject uuid primary key, key bytea not null); grant select, insert, delete on keys to {BenchService.Name}");
        await using var service = side switch
        {
            "unsequenced" => await BenchService.StartUnsequenced(Moved.Types),
            "unhashed" => await SourcedService.Start(add: builder => builder.Services.Replace(ServiceDescriptor.Singleton(Unhashed))),
            _ => await SourcedService.Start(),
        };
        using var vault = new SubjectVault(NpgsqlDataSource.Create(Servers.Database(BenchService.Name, BenchService.Name)), Options.Create(new VaultOptions()), TimeProvider.System);
        var subjects = await Subjects(vault);
        var streams = SourcedService.NewStreams(Streams);
        await Run(appends / 7);

        var use = new Use();
        await Run(appends);
        await new Result("costs", side, use.Of(appends), Moves.Payload, BenchService.Versions, arguments.Command).Print(BenchService.Name);

        Task Run(int count) => Load.Parallel(0, count, Writers, async n =>
        {
            var stream = streams[n % Streams];
            var happened = side == "encrypted" ? await Sealed(vault, subjects[n % Streams], stream, n) : Moved.New(n);
            await service.Log.Append(stream, ExpectedVersion.Any, Cause.Begin(), [happened], [], CancellationToken.None);
        });
    }

    private static EventLog Unhashed(IServiceProvider services) =>
        new(BenchService.Name, services.GetRequiredService<NpgsqlDataSource>(), Moved.Types, TimeProvider.System, () => (in _) => []);

    private static async Task<Guid[]> Subjects(SubjectVault vault)
    {
        var subjects = Enumerable.Range(0, Streams).Select(_ => Guid.CreateVersion7()).ToArray();
        foreach (var subject in subjects)
            await vault.Create(subject, CancellationToken.None);
        return subjects;
    }

    private static async Task<NewEvent> Sealed(SubjectVault vault, Guid subject, StreamName stream, int number)
    {
        var id = Guid.CreateVersion7();
        var text = await vault.Seal(Moves.Text, subject, id, stream, CancellationToken.None);
        return new(new SealedMoved(Guid.CreateVersion7(), number, Moves.Amount, text)) { MessageId = id, Subject = subject };
    }
}
