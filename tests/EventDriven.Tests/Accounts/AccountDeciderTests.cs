using EventDriven.Accounts.Rules;
using EventDriven.Contracts.Accounts;
using EventDriven.EventSourcing.Testing;

namespace EventDriven.Tests.Accounts;

/// <summary>The rules of one account.</summary>
public sealed class AccountDeciderTests() : DeciderSpec<AccountCommand, IAccountEvent, Account>(
    AccountDecider.Decide, AccountDecider.Evolve, Account.Initial)
{
    private static readonly Guid Id = Guid.CreateVersion7(), Owner = Guid.CreateVersion7();
    private static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly AccountOpened Opened = new(Id, Owner, "EUR");
    private static readonly AccountFrozen Frozen = new(Id, Owner);
    private static readonly AccountUnfrozen Unfrozen = new(Id, Owner);
    private static readonly AccountClosed Closed = new(Id, Owner);

    [Fact]
    public void Deposit_1000_deposit_4500_withdraw_500_is_a_balance_of_5000_and_each_balance_in_between_can_be_had()
    {
        IAccountEvent[] events = [Opened, Deposited(1000), Deposited(4500), Withdrawn(500)];
        Assert.Equal([0L, 0, 1000, 5500, 5000], Enumerable.Range(0, events.Length + 1).Select(n => Fold(events[..n]).Balance));
        Assert.Equal(AccountStatus.Open, Fold(events).Status);
    }

    [Fact]
    public void An_account_is_opened_once()
    {
        Given().When(new OpenAccount(Id, Owner, "EUR")).Then(Opened);
        Given(Opened).When(new OpenAccount(Id, Owner, "EUR")).ThenRefused("account-exists");
    }

    [Fact]
    public void Money_comes_and_goes()
    {
        Given(Opened).When(new DepositMoney(1000, "EUR")).Then(Deposited(1000));
        Given(Opened, Deposited(1000)).When(new WithdrawMoney(1000, "EUR")).Then(Withdrawn(1000));
    }

    [Fact]
    public void A_movement_may_have_taken_effect_earlier()
    {
        Given(Opened).When(new DepositMoney(1, "EUR", Noon)).Then(new MoneyDeposited(Id, Owner, 1, "EUR", Noon));
        Given(Opened, Deposited(1)).When(new WithdrawMoney(1, "EUR", Noon)).Then(new MoneyWithdrawn(Id, Owner, 1, "EUR", Noon));
        var described = AccountDecider.Decider.Decide(new DepositMoney(1, "EUR", Noon), Fold(Opened)).Single();
        Assert.Equal(Noon, described.EffectiveAt);
    }

    [Fact]
    public void What_is_not_there_cannot_be_withdrawn() =>
        Given(Opened, Deposited(1000)).When(new WithdrawMoney(1001, "EUR")).ThenRefused("insufficient-funds");

    [Fact]
    public void Another_currency_is_refused()
    {
        Given(Opened, Deposited(10)).When(new DepositMoney(1, "USD")).ThenRefused("other-currency");
        Given(Opened, Deposited(10)).When(new WithdrawMoney(1, "USD")).ThenRefused("other-currency");
    }

    [Fact]
    public void A_frozen_account_neither_takes_nor_gives_until_it_is_unfrozen()
    {
        Given(Opened, Deposited(10), Frozen).When(new DepositMoney(1, "EUR")).ThenRefused("account-frozen");
        Given(Opened, Deposited(10), Frozen).When(new WithdrawMoney(1, "EUR")).ThenRefused("account-frozen");
        Given(Opened, Deposited(10), Frozen, Unfrozen).When(new WithdrawMoney(1, "EUR")).Then(Withdrawn(1));
    }

    [Fact]
    public void Freezing_and_unfreezing_need_the_other_state()
    {
        Given(Opened).When(new FreezeAccount()).Then(Frozen);
        Given(Opened, Frozen).When(new FreezeAccount()).ThenRefused("account-frozen");
        Given(Opened, Frozen).When(new UnfreezeAccount()).Then(Unfrozen);
        Given(Opened).When(new UnfreezeAccount()).ThenRefused("account-not-frozen");
    }

    [Fact]
    public void Only_an_empty_account_is_closed()
    {
        Given(Opened, Deposited(1)).When(new CloseAccount()).ThenRefused("balance-not-zero");
        Given(Opened, Deposited(1), Withdrawn(1)).When(new CloseAccount()).Then(Closed);
        Given(Opened, Frozen).When(new CloseAccount()).Then(Closed);
    }

    public static TheoryData<AccountCommand> EveryCommand =>
        [new DepositMoney(1, "EUR"), new WithdrawMoney(1, "EUR"), new FreezeAccount(), new UnfreezeAccount(), new CloseAccount()];

    [Theory]
    [MemberData(nameof(EveryCommand))]
    public void A_closed_account_refuses_everything(AccountCommand command) => Given(Opened, Closed).When(command).ThenRefused("account-closed");

    [Fact]
    public void A_balance_never_flows_over()
    {
        var most = Deposited(Account.HighestBalance - 1);
        Given(Opened, most).When(new DepositMoney(1, "EUR")).Then(Deposited(1));
        Given(Opened, most).When(new DepositMoney(2, "EUR")).ThenRefused("balance-too-high");
        Given(Opened, most).When(new DepositMoney(long.MaxValue, "EUR")).ThenRefused("balance-too-high");
    }

    [Fact]
    public void An_event_with_fields_that_nobody_knows_here_is_read_all_the_same()
    {
        var name = AccountsContract.Types.Of(typeof(MoneyDeposited)).Name;
        var data = $$"""{"accountId":"{{Id}}","branch":7,"ownerId":"{{Owner}}","amount":1,"currency":"EUR","effectiveAt":null,"note":["by","somebody"]}""";
        Assert.Equal(Deposited(1), AccountsContract.Types.Of(typeof(MoneyDeposited)).Read(name, System.Text.Encoding.UTF8.GetBytes(data)));
    }

    private static MoneyDeposited Deposited(long amount) => new(Id, Owner, amount, "EUR", EffectiveAt: null);

    private static MoneyWithdrawn Withdrawn(long amount) => new(Id, Owner, amount, "EUR", EffectiveAt: null);
}
