using EventDriven.SystemTests.Support;

namespace EventDriven.SystemTests.Flows;

/// <summary>A test of transfers, which may hold steps of them up in the database.</summary>
public abstract class TransferTest(RunningSystem system) : FlowTest(system)
{
    private protected const string Credit = "accounts.transfer-completed.v1";

    private protected Bank Bank { get; } = new(system);

    private protected BankDatabase Database { get; } = new(system);

    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (Running.IsAvailable)
            await Database.Unblock(); // also when a test failed in between
        await base.DisposeAsync();
    }
}
