using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace EventDriven.Log.Requests;

/// <summary>What makes a request the same as an earlier one: the client's <c>Idempotency-Key</c>, unique in a scope.</summary>
/// <param name="Scope">What the key is unique in: the account addressed, the user, the service.</param>
/// <param name="Key">The client's key.</param>
/// <param name="Fingerprint">A hash of call, path and body, so that another request with the same key is noticed.</param>
public sealed record RequestKey(string Scope, string Key, byte[] Fingerprint)
{
    /// <summary>The key of a request that must have one.</summary>
    /// <exception cref="BadHttpRequestException">It has none, or it is not 1 to 128 visible ASCII characters.</exception>
    public static RequestKey Required<T>(HttpRequest request, string scope, T body) => Optional(request, scope, body)
        ?? throw new BadHttpRequestException($"This call needs the header {IdempotentRequests.Header}: 1 to 128 visible ASCII characters, the same when you repeat it.");

    /// <summary>The key of a request that may have one.</summary>
    /// <exception cref="BadHttpRequestException">It is not 1 to 128 visible ASCII characters.</exception>
    public static RequestKey? Optional<T>(HttpRequest request, string scope, T body) => IdempotentRequests.KeyOf(request) is { } key
        ? new(scope, key, SHA256.HashData([.. JsonSerializer.SerializeToUtf8Bytes($"{request.Method} {request.Path}"), .. JsonSerializer.SerializeToUtf8Bytes(body, EventLog.Json)]))
        : null;

    /// <summary>The answer to a request whose key was used for another one.</summary>
    public static IResult Reused(string key) => TypedResults.Problem(
        $"The {IdempotentRequests.Header} '{key}' was used for another request. Use a new key for a new request.",
        statusCode: StatusCodes.Status422UnprocessableEntity, title: "Idempotency-Key reused", type: "/problems/idempotency-key-reused");
}
