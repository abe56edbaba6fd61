using EventDriven.Accounts.Balance;
using EventDriven.Accounts.Bank;
using EventDriven.Accounts.Cancel;
using EventDriven.Accounts.Deposit;
using EventDriven.Accounts.Freeze;
using EventDriven.Accounts.History;
using EventDriven.Accounts.List;
using EventDriven.Accounts.Open;
using EventDriven.Accounts.Rules;
using EventDriven.Accounts.Statement;
using EventDriven.Accounts.Totals;
using EventDriven.Accounts.Transfer;
using EventDriven.Accounts.Withdraw;
using EventDriven.EventSourcing;
using EventDriven.EventSourcing.Snapshots;
using EventDriven.Log;
using EventDriven.Messaging;
using EventDriven.ServiceDefaults;

namespace EventDriven.Accounts;

/// <summary>The bank, on a service's log: its rules, what follows from them, and its read models.</summary>
internal static class AccountsRegistration
{
    extension(IHostApplicationBuilder builder)
    {
        public void AddAccounts(int snapshotEvery = 100)
        {
            builder.AddEventSourcing();
            builder.AddDecider(AccountDecider.Decider, new SnapshotPolicy("account.v1", snapshotEvery), new TransfersProjection());
            builder.Services.AddSingleton<TransferProcess>();
            builder.Services.AddSingleton<TransferRequests>();
            builder.AddLogFollower<TransferFollower>();
            builder.AddMigrations(typeof(AccountsRegistration).Assembly);
            builder.AddProjection(new AccountsProjection());
            builder.AddProjection(new StatementProjection());
            builder.AddProjection(new DailyTotalsProjection());
        }
    }

    extension(WebApplication app)
    {
        public void MapAccounts()
        {
            var own = app.MapGroup("").OnlyForOwner(Ownership.OfPath);
            var moves = own.MapGroup("").WithoutKeysOfServices();
            moves.MapDeposit();
            moves.MapWithdraw();
            moves.MapCancel();
            own.MapClose();
            own.MapAccount();
            own.MapHistory();
            own.MapStatement();
            var bank = app.MapGroup("").OnlyForServices(); // the bank's to decide, and to see
            bank.MapFreeze();
            bank.MapBank();
            bank.MapTotals();
            var operators = app.MapOwnControl();
            operators.MapAccount();
            operators.MapStatement();
            operators.MapBank();
            app.MapOpen();
            app.MapTransfers();
            app.MapLists();
        }
    }
}
