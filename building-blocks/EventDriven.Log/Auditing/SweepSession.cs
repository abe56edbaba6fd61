using EventDriven.Log.Coalescing;
using EventDriven.Log.Sequencing;

namespace EventDriven.Log.Auditing;

/// <summary>
/// The audit under one epoch of the log's lease. Two things go on by turns, a page at a time: what has got its position is verified once,
/// and the whole log again and again. What was verified is anchored.
/// </summary>
internal sealed class SweepSession(
    EventLog log, Sequencer sequencer, AuditReader reader, LogAudit audit, SweepTable table, AuditOptions options, TimeProvider clock, long epoch, SweepState state)
{
    private readonly EventHash _hash = new();
    private DateTimeOffset _anchorDue = clock.GetUtcNow() + options.AnchorEvery - state.SinceAnchored;
    private DateTimeOffset _wholeDue = clock.GetUtcNow() + options.WholeLogEvery - state.SinceBegan;
    private long _notGrown;

    /// <summary>Called with what was found and not known before.</summary>
    public required Action<IReadOnlyList<Finding>> Found { get; init; }

    public SweepState State { get; private set; } = state;

    /// <summary>Whether there is more to do at once.</summary>
    public bool IsBusy => State.IsRunning || sequencer.Position > State.Newest.Position;

    /// <summary>Goes on by a page of each.</summary>
    public async Task Step(CancellationToken ct)
    {
        if (sequencer.Position > State.Newest.Position)
            await Follow(ct);
        if (State.IsRunning || clock.GetUtcNow() >= _wholeDue)
            await (State.Stream is { } stream ? VerifyHeads(stream, ct) : VerifyPositions(ct));
        if (clock.GetUtcNow() >= _anchorDue)
            await WriteAnchor(ct);
    }

    private async Task Follow(CancellationToken ct)
    {
        var walk = new AnchorWalk(State.Newest, []);
        var findings = Verify(await reader.After(State.Newest.Position, ct), walk);
        await Save(State with { Newest = walk.Here }, findings, ct);
    }

    private async Task VerifyPositions(CancellationToken ct)
    {
        var begins = !State.IsRunning;
        if (begins)
            _wholeDue = clock.GetUtcNow() + options.WholeLogEvery;
        var from = begins ? Anchor.None : State.Whole;
        var page = await reader.After(from.Position, ct);
        var walk = new AnchorWalk(from, await reader.AnchorsAfter(from.Position, page.Count > 0 ? page[^1].Position : long.MaxValue, ct));
        var findings = Verify(page, walk);
        var next = State with { Whole = walk.Here, IsRunning = true, Begins = begins };
        if (page.Count == 0)
        {
            var seen = Math.Max(State.Newest.Position, await table.Relayed(ct));
            walk.End(seen);
            findings.AddRange(walk.Findings);
            next = next with { Stream = "", Newest = State.Newest.Position > walk.Here.Position ? walk.Here : State.Newest };
        }
        await Save(next, findings, ct);
    }

    private async Task VerifyHeads(string after, CancellationToken ct)
    {
        var page = await reader.HeadsAfter(after, ct);
        List<Finding> findings = [];
        foreach (var (stream, _) in page.Where(s => !s.Stands))
            findings.AddRange((await audit.VerifyStream(stream, ct)).Findings);
        await Save(page.Count > 0 ? State with { Stream = page[^1].Stream } : State with { Stream = null, IsRunning = false }, findings, ct);
    }

    private List<Finding> Verify(IReadOnlyList<(long Position, LinkedEvent? Event)> page, AnchorWalk walk)
    {
        List<Finding> findings = [];
        foreach (var (position, linked) in page)
        {
            walk.Take(position, linked?.Hash);
            findings.AddRange(linked?.Verify(_hash) ?? []);
        }
        findings.AddRange(walk.Findings);
        return findings;
    }

    private async Task Save(SweepState next, List<Finding> findings, CancellationToken ct)
    {
        if (await table.Save(epoch, next, findings, ct) is { Count: > 0 } added)
            Found(added);
        State = next with { Begins = false };
    }

    /// <summary>Appends the anchor and what tells everybody of it in one transaction; an anchor's own event is nothing to anchor.</summary>
    private async Task WriteAnchor(CancellationToken ct)
    {
        var (here, type) = (State.Newest, log.Types.Of(typeof(LogAnchored)));
        if (here.Position <= State.Anchored || here.Position == _notGrown)
            return;
        if (!await table.HasGrown(State.Anchored, here.Position, type.Name, ct))
        {
            _notGrown = here.Position;
            return;
        }
        var anchored = new NewEvent(new LogAnchored(here.Count, Convert.ToHexStringLower(here.Hash), here.Position));
        await log.Append(new("log", State.LogId), ExpectedVersion.Any, Cause.Begin(), [anchored],
        [
            new("insert into log.anchors (position, count, hash, message_id) values ($1, $2, $3, $4)", here.Position, here.Count, here.Hash, anchored.MessageId),
            new("select log.fence($1)", epoch),
        ], ct);
        State = State with { Anchored = here.Position };
        _anchorDue = clock.GetUtcNow() + options.AnchorEvery;
    }
}
