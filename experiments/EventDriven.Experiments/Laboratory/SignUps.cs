using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;

namespace EventDriven.Experiments.Laboratory;

/// <summary>People who sign up at the real Signup, a few at once, and what they saw.</summary>
internal sealed class SignUps(Lab lab, HttpClient signup)
{
    private const int AtOnce = 4;
    private readonly ConcurrentBag<double> _milliseconds = [];
    private readonly ConcurrentBag<Guid> _users = [];
    private int _refused;

    /// <summary>Who signed up.</summary>
    public Guid[] Users => [.. _users];

    /// <summary>How long each of them waited for the answer.</summary>
    public double[] Milliseconds => [.. _milliseconds];

    /// <summary>How many did not get in.</summary>
    public int Refused => _refused;

    public static async Task<SignUps> Of(Lab lab, int people, CancellationToken ct)
    {
        using var client = lab.Client("signup");
        var signUps = new SignUps(lab, client);
        var left = people;
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async _ =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
                await signUps.One(ct);
        }));
        return signUps;
    }

    private async Task One(CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        using var answer = await signup.PostAsJsonAsync("/users", new { email = $"{Guid.CreateVersion7():N}@example.com", name = "Ada" }, ct);
        var took = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        _milliseconds.Add(took);
        lab.Plot("a sign-up, ms", took);
        if (answer.IsSuccessStatusCode)
            _users.Add((await answer.Content.ReadFromJsonAsync<SignedUp>(ct))!.UserId);
        else
            Interlocked.Increment(ref _refused);
    }

    private sealed record SignedUp(Guid UserId);
}
