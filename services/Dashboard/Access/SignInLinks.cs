using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace EventDriven.Dashboard.Access;

/// <summary>
/// What signs in by link: each token does so once. Those from outside are good until they were used, those that somebody made here
/// for another browser for ten minutes. Which were used is forgotten with this process, and so is every sign-in.
/// </summary>
internal sealed class SignInLinks
{
    /// <summary>For how long a link that was made here opens anything.</summary>
    public static readonly TimeSpan MadeLasts = TimeSpan.FromMinutes(10);

    // Who acts is an opaque id: it is recorded with what an operator does, so it is no name and no address.
    private const string Starter = "local";
    private const string Guest = "local-guest";

    private readonly ConcurrentDictionary<string, Link> _links = new(StringComparer.Ordinal);
    private readonly TimeProvider _clock;

    public SignInLinks(IOptions<LoginOptions> options, TimeProvider clock)
    {
        _clock = clock;
        if (options.Value.Token.Length > 0)
            _links[KeyOf(options.Value.Token)] = new(new(Starter, Roles.All), Until: null);
        if (options.Value.ViewToken.Length > 0)
            _links[KeyOf(options.Value.ViewToken)] = new(new(Guest, [Roles.View]), Until: null);
    }

    /// <summary>Makes a token that signs in the same account once more.</summary>
    public string Make(Account account)
    {
        foreach (var (key, link) in _links)
        {
            if (IsOver(link))
                _links.TryRemove(key, out _);
        }

        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        _links[KeyOf(token)] = new(account, _clock.GetUtcNow() + MadeLasts);
        return token;
    }

    /// <summary>Whom the token signs in, this once; else whether it did before.</summary>
    public (Account? Account, bool WasUsed) Use(string token)
    {
        if (!_links.TryGetValue(KeyOf(token), out var link) || IsOver(link))
            return (null, false);
        return link.TryUse() ? (link.Account, false) : (null, true);
    }

    private bool IsOver(Link link) => link.Until < _clock.GetUtcNow();

    // Looked up by its hash: how long that takes tells nothing of the token.
    private static string KeyOf(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    private sealed record Link(Account Account, DateTimeOffset? Until)
    {
        private int _uses;

        public bool TryUse() => Interlocked.Increment(ref _uses) == 1;
    }
}

/// <summary>Who is signed in, by an opaque id, and what they may do.</summary>
internal sealed record Account(string Id, IReadOnlyList<string> Roles);
