using EventDriven.Accounts.Rules;
using EventDriven.Contracts.Accounts;

namespace EventDriven.SystemTests.Flows;

/// <summary>
/// Reads the whole log of the bank in its order and checks after each event that no money came from nowhere or went there: the balances,
/// by the rules' own fold, and the money in transit are what was deposited less what was withdrawn, in each currency.
/// </summary>
internal sealed class Ledger
{
    private readonly Dictionary<Guid, Account> _accounts = [];
    private readonly Dictionary<Guid, (long Amount, string Currency)> _inTransit = [];
    private readonly HashSet<Guid> _arrived = [], _ended = [];
    private readonly Dictionary<string, long> _balances = [], _transits = [], _paidIn = [];

    public IReadOnlyDictionary<Guid, Account> Accounts => _accounts;

    /// <summary>Transfers that the sender's stream has not ended.</summary>
    public int Pending { get; private set; }

    public void Take(long position, IAccountEvent happened)
    {
        var before = _accounts.GetValueOrDefault(happened.AccountId, Account.Initial);
        var after = AccountDecider.Evolve(before, happened);
        _accounts[after.Id] = after;
        Add(_balances, after.Currency, after.Balance - before.Balance);
        switch (happened)
        {
            case MoneyDeposited e:
                Add(_paidIn, e.Currency, e.Amount);
                break;
            case MoneyWithdrawn e:
                Add(_paidIn, e.Currency, -e.Amount);
                break;
            case ITransferEvent e:
                Follow(position, e);
                break;
        }
        Assert.True(after.Balance >= 0, $"position {position}: account {after.Id} has {after.Balance}");
        foreach (var currency in _balances.Keys)
        {
            var (balances, transit, paidIn) = (_balances[currency], _transits.GetValueOrDefault(currency), _paidIn.GetValueOrDefault(currency));
            Assert.True(transit >= 0 && balances + transit == paidIn, $"position {position}, {currency}: balances {balances} + in transit {transit} is not {paidIn}");
        }
    }

    private void Follow(long position, ITransferEvent happened)
    {
        switch (happened)
        {
            case TransferStarted e:
                Assert.True(_inTransit.TryAdd(e.TransferId, (e.Amount, e.Currency)) && !_ended.Contains(e.TransferId), $"position {position}: it has started before");
                Add(_transits, e.Currency, e.Amount);
                Pending++;
                break;
            case TransferCompleted e when e.AccountId == e.To:
                Assert.True(_arrived.Add(e.TransferId), $"position {position}: it has arrived before");
                Land(position, e.TransferId);
                break;
            case TransferRefused e when e.AccountId == e.To:
                Assert.True(_inTransit.ContainsKey(e.TransferId) && _arrived.Add(e.TransferId), $"position {position}: nothing to refuse");
                break;
            case TransferRefused { IsReturned: true } e:
                Assert.Contains(e.TransferId, _arrived);
                Land(position, e.TransferId);
                End(position, e.TransferId);
                break;
            case TransferRefused e:
                Assert.True(_ended.Add(e.TransferId), $"position {position}: it has ended before");
                break;
            default:
                Assert.Contains(happened.TransferId, _arrived);
                End(position, happened.TransferId);
                break;
        }
    }

    private void Land(long position, Guid transfer)
    {
        Assert.True(_inTransit.Remove(transfer, out var money), $"position {position}: this money is not in transit");
        Add(_transits, money.Currency, -money.Amount);
    }

    private void End(long position, Guid transfer)
    {
        Assert.True(_ended.Add(transfer), $"position {position}: it has ended before");
        Pending--;
    }

    private static void Add(Dictionary<string, long> sums, string currency, long amount) => sums[currency] = sums.GetValueOrDefault(currency) + amount;
}
