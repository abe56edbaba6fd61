using System.Text.Json;
using EventDriven.Contracts.Signup;
using EventDriven.Log;
using EventDriven.Log.PersonalData;
using EventDriven.Log.Sequencing;

namespace EventDriven.Signup.Forget;

/// <summary>Destroys the key of whoever is to be forgotten: from Signup's own log, so that it happens even if the process dies in between.</summary>
internal sealed class KeyDestroyer(EventLog log, SubjectVault vault) : ILogFollower
{
    private readonly string _type = log.Types.Of(typeof(SubjectForgotten)).Name;

    public string Name => "key-destroyer";

    public Task Handle(RecordedEvent recorded, CancellationToken ct) => recorded.Type == _type
        ? vault.Destroy(JsonSerializer.Deserialize<SubjectForgotten>(recorded.Data.Span, EventLog.Json)!.UserId, ct)
        : Task.CompletedTask;
}
