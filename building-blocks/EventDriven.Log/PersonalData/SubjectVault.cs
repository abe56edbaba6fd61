using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;
using Npgsql;

namespace EventDriven.Log.PersonalData;

/// <summary>
/// The keys that personal fields are encrypted with, one per subject, in a database of their own. AES-256-GCM with the event's id
/// and stream as associated data: a field cannot be moved to another event. A key is kept in memory for 15 minutes at most, so that
/// is how long a destroyed one may still open what it had opened before.
/// </summary>
public sealed class SubjectVault(NpgsqlDataSource vault, IOptions<VaultOptions> options, TimeProvider clock) : IDisposable
{
    private const int NonceBytes = 12, TagBytes = 16, KeyBytes = 32;
    private readonly MemoryCache _keys = new(new MemoryCacheOptions { SizeLimit = 50_000, Clock = new CacheClock(clock) });

    /// <summary>Makes the subject's key; a second call keeps the first key.</summary>
    public Task Create(Guid subject, CancellationToken ct) =>
        Execute(new("insert into keys (subject, key) values ($1, $2) on conflict do nothing", subject, RandomNumberGenerator.GetBytes(KeyBytes)), ct);

    /// <summary>Destroys the subject's key: nothing that was encrypted with it can be read again.</summary>
    public async Task Destroy(Guid subject, CancellationToken ct)
    {
        await Execute(new("delete from keys where subject = $1", subject), ct);
        _keys.Remove(subject);
    }

    /// <summary>Encrypts a field of one event.</summary>
    /// <exception cref="InvalidOperationException">The subject has no key: create it first.</exception>
    public async Task<PersonalText> Seal(string clear, Guid subject, Guid messageId, StreamName stream, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(clear);
        var key = await KeyOf(subject, ct) ?? throw new InvalidOperationException("The subject has no key in the vault.");
        var text = Encoding.UTF8.GetBytes(clear);
        var box = new byte[NonceBytes + text.Length + TagBytes];
        RandomNumberGenerator.Fill(box.AsSpan(0, NonceBytes));
        using var aes = new AesGcm(key, TagBytes);
        aes.Encrypt(box.AsSpan(0, NonceBytes), text, box.AsSpan(NonceBytes, text.Length), box.AsSpan(NonceBytes + text.Length), Context(messageId, stream));
        return new PersonalText(box);
    }

    /// <summary>Decrypts a field; null when the subject was forgotten.</summary>
    /// <exception cref="CryptographicException">The field was changed, or belongs to another event.</exception>
    public async Task<string?> Open(PersonalText field, Guid subject, Guid messageId, StreamName stream, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(field);
        if (await KeyOf(subject, ct) is not { } key)
            return null;
        var box = field.Box.AsSpan();
        if (box.Length < NonceBytes + TagBytes)
            throw new CryptographicException("The encrypted field is too short to be one.");
        var text = new byte[box.Length - NonceBytes - TagBytes];
        using var aes = new AesGcm(key, TagBytes);
        aes.Decrypt(box[..NonceBytes], box[NonceBytes..^TagBytes], box[^TagBytes..], text, Context(messageId, stream));
        return Encoding.UTF8.GetString(text);
    }

    /// <inheritdoc/>
    public void Dispose() => _keys.Dispose();

    private static byte[] Context(Guid messageId, StreamName stream) => [.. messageId.ToByteArray(bigEndian: true), .. Encoding.UTF8.GetBytes(stream.ToString())];

    private async Task<byte[]?> KeyOf(Guid subject, CancellationToken ct)
    {
        if (_keys.TryGetValue(subject, out byte[]? kept))
            return kept;
        await using var connection = await vault.OpenConnectionAsync(ct);
        await using var read = new Sql("select key from keys where subject = $1", subject).ToCommand(connection);
        if (await read.ExecuteScalarAsync(ct) is not byte[] key)
            return null; // not kept: a key that is missing now may be made later
        return _keys.Set(subject, key, new MemoryCacheEntryOptions { AbsoluteExpirationRelativeToNow = options.Value.KeepKeysFor, Size = 1 });
    }

    private async Task Execute(Sql sql, CancellationToken ct)
    {
        await using var connection = await vault.OpenConnectionAsync(ct);
        await using var command = sql.ToCommand(connection);
        await command.ExecuteNonQueryAsync(ct);
    }

#pragma warning disable CS0618 // ISystemClock is the only way to give MemoryCache a clock
    private sealed class CacheClock(TimeProvider clock) : Microsoft.Extensions.Internal.ISystemClock
    {
        public DateTimeOffset UtcNow => clock.GetUtcNow();
    }
#pragma warning restore CS0618
}
