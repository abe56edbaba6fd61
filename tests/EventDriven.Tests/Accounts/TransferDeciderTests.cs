using EventDriven.Accounts.Rules;
using EventDriven.Contracts.Accounts;
using EventDriven.EventSourcing;
using EventDriven.EventSourcing.Testing;

namespace EventDriven.Tests.Accounts;

/// <summary>Each account's part of a transfer.</summary>
public sealed class TransferDeciderTests() : DeciderSpec<AccountCommand, IAccountEvent, Account>(
    AccountDecider.Decide, AccountDecider.Evolve, Account.Initial)
{
    private static readonly Guid From = Guid.CreateVersion7(), To = Guid.CreateVersion7(), Owner = Guid.CreateVersion7(), Id = Guid.CreateVersion7();
    private static readonly IAccountEvent[] Sender = [new AccountOpened(From, Owner, "EUR"), new MoneyDeposited(From, Owner, 100, "EUR", EffectiveAt: null)];
    private static readonly AccountOpened Receiver = new(To, Owner, "EUR");
    private static readonly TransferStarted Started = new(From, Owner, Id, From, To, 70, "EUR");
    private static readonly StartTransfer Start = new(Id, To, ReceiverExists: true, 70, "EUR");
    private static readonly ReceiveTransfer Receive = new(Id, From, 70, "EUR");
    private static readonly EndTransfer End = new(Id, To, 70, "EUR", Refusal: null);

    [Fact]
    public void The_sender_starts_it_and_the_money_is_in_transit()
    {
        Given(Sender).When(Start).Then(Started);
        var sender = Fold([.. Sender, Started]);
        Assert.Equal((30L, 70L), (sender.Balance, sender.InTransit[Id]));
    }

    [Fact]
    public void The_receiver_takes_it()
    {
        var completed = new TransferCompleted(To, Owner, Id, From, To, 70, "EUR");
        Given(Receiver).When(Receive).Then(completed);
        Assert.Equal(70, Fold(Receiver, completed).Balance);
    }

    [Fact]
    public void The_sender_hears_that_it_arrived_once()
    {
        var completed = new TransferCompleted(From, Owner, Id, From, To, 70, "EUR");
        Given([.. Sender, Started]).When(End).Then(completed);
        Given([.. Sender, Started, completed]).When(End).ThenNothing();
        var sender = Fold([.. Sender, Started, completed]);
        Assert.Equal(30, sender.Balance);
        Assert.Empty(sender.InTransit);
    }

    [Fact]
    public void What_the_receiver_refuses_goes_back_to_the_sender_also_when_that_is_frozen()
    {
        Given(Receiver, new AccountFrozen(To, Owner)).When(Receive).Then(new TransferRefused(To, Owner, Id, From, To, 70, "EUR", "account-frozen", IsReturned: false));

        var returned = new TransferRefused(From, Owner, Id, From, To, 70, "EUR", "account-frozen", IsReturned: true);
        IAccountEvent[] frozen = [.. Sender, Started, new AccountFrozen(From, Owner)];
        Given(frozen).When(End with { Refusal = "account-frozen" }).Then(returned);
        Given([.. frozen, returned]).When(End with { Refusal = "account-frozen" }).ThenNothing();
        var sender = Fold([.. frozen, returned]);
        Assert.Equal(100, sender.Balance);
        Assert.Empty(sender.InTransit);
    }

    [Fact]
    public void What_the_sender_cannot_give_is_refused_and_no_money_moves()
    {
        RefusedAtOnce("insufficient-funds", Start with { Amount = 101 });
        RefusedAtOnce("other-currency", Start with { Currency = "USD" });
        RefusedAtOnce("account-frozen", Start, new AccountFrozen(From, Owner));
        RefusedAtOnce("account-closed", Start, new AccountClosed(From, Owner));

        void RefusedAtOnce(string reason, StartTransfer start, params IAccountEvent[] also)
        {
            var refused = new TransferRefused(From, Owner, Id, From, To, start.Amount, start.Currency, reason, IsReturned: false);
            Given([.. Sender, .. also]).When(start).Then(refused);
            Assert.Equal(100, Fold([.. Sender, .. also, refused]).Balance);
        }
    }

    [Fact]
    public void A_receiver_refuses_what_it_cannot_take()
    {
        Refuses("account-closed", new AccountClosed(To, Owner));
        Refuses("balance-too-high", new MoneyDeposited(To, Owner, Account.HighestBalance, "EUR", EffectiveAt: null));
        Given(Receiver).When(Receive with { Currency = "USD" }).Then(new TransferRefused(To, Owner, Id, From, To, 70, "USD", "other-currency", IsReturned: false));

        void Refuses(string reason, IAccountEvent because) => Given(Receiver, because).When(Receive)
            .Then(new TransferRefused(To, Owner, Id, From, To, 70, "EUR", reason, IsReturned: false));
    }

    [Fact]
    public void A_receiver_that_does_not_exist_is_not_found() =>
        Assert.Throws<StreamNotFoundException>(() => AccountDecider.Decide(Start with { ReceiverExists = false }, Fold(Sender)));

    [Fact]
    public void An_account_is_not_closed_while_a_transfer_of_it_is_on_its_way()
    {
        var all = Started with { Amount = 100 };
        Given([.. Sender, all]).When(new CloseAccount()).ThenRefused("transfer-pending");
        Given([.. Sender, all, new TransferCompleted(From, Owner, Id, From, To, 100, "EUR")]).When(new CloseAccount()).Then(new AccountClosed(From, Owner));
    }

    [Fact]
    public void An_account_keeps_room_for_what_may_come_back()
    {
        IAccountEvent[] sent = [.. Sender, Started];
        Given(sent).When(new DepositMoney(Account.HighestBalance - 100, "EUR")).Then(new MoneyDeposited(From, Owner, Account.HighestBalance - 100, "EUR", EffectiveAt: null));
        Given(sent).When(new DepositMoney(Account.HighestBalance - 99, "EUR")).ThenRefused("balance-too-high");
    }
}
