using System.Security.Cryptography;
using System.Text;
using EventDriven.TortureTests.Histories;
using EventDriven.TortureWorker;
using EventDriven.TortureWorker.Writing;

namespace EventDriven.TortureTests.Checks;

/// <summary>Makes up histories: everything that is committed goes its way, until somebody changes it.</summary>
internal sealed class Story
{
    private static readonly string[] subscriptions = [Contract.Steady, Contract.Poisoned];
    private History _told = new() { Attempts = [], Log = [], State = [], SeenPositions = [], Topic = [], Effects = [], Aside = [], Sums = [] };
    private int _streams;

    public static Guid Id(string name) => new(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 16));

    public Story Change(Func<History, History> how)
    {
        _told = how(_told);
        return this;
    }

    public Story Attempt(string name, Outcome outcome) => Change(h => h with { Attempts = [.. h.Attempts.Where(a => a.MessageId != Id(name)), new(Id(name), "s", outcome, 0, 1)] });

    /// <summary>The writer never heard of the outcome.</summary>
    public Story Forget(string name) => Change(h => h with
    {
        Attempts = [.. h.Attempts.Select(a => a.MessageId == Id(name) ? a with { Outcome = Outcome.Unknown, Version = null, Sequence = null } : a)],
    });

    /// <summary>Events of a new stream, published and handled.</summary>
    public Story Commit(params string[] names)
    {
        var stream = $"s{++_streams}";
        foreach (var (i, name) in names.Index())
        {
            var (id, position) = (Id(name), _told.Log.Count + 1);
            Change(h => h with
            {
                Attempts = [.. h.Attempts, new(id, stream, Outcome.Acknowledged, i, i + 1)],
                Log = [.. h.Log, new(id, stream, i, true, true, false, i + 1, position, i == 0 ? "" : names[i - 1], name, name)],
                State = [.. h.State, id],
                SeenPositions = [.. h.SeenPositions, position],
                Topic = [.. h.Topic, new(0, position, stream, i + 1, id)],
                Effects = [.. h.Effects, .. subscriptions.Select(s => new EffectRow(s, stream, i + 1, id, "worker"))],
                Sums = [.. subscriptions.Select(s => new SubscriptionSums(s, position, 0, 0, 0, 0, 0, 0, 0))],
            });
        }
        return this;
    }

    /// <summary>A message is dead for the poisoned subscription, and others are parked behind it.</summary>
    public Story Kill(string dead, string[] behind) => Change(h => h with
    {
        Log = [.. h.Log.Select(e => e.MessageId == Id(dead) ? e with { IsPoisonForEver = true } : e)],
        Effects = [.. h.Effects.Where(e => e.Subscription != Contract.Poisoned || !behind.Append(dead).Select(Id).Contains(e.MessageId))],
        Aside = [new(Contract.Poisoned, Id(dead), "dead"), .. behind.Select(b => new AsideRow(Contract.Poisoned, Id(b), "parked"))],
        Sums = [.. h.Sums.Select(s => s.Subscription == Contract.Poisoned ? s with { Handled = s.Handled - 1 - behind.Length, Dead = 1, Parked = behind.Length } : s)],
    });

    public History Tell() => _told;
}
