using System.Net;
using EventDriven.Log;
using EventDriven.Log.Database;
using EventDriven.Messaging.Subscriptions.Inbox;
using Npgsql;

namespace EventDriven.Messaging.Subscriptions.Failure;

/// <summary>What a handler's exception means, and so what becomes of its message.</summary>
internal enum FailureKind
{
    /// <summary>Something the handler needs is down: the message waits and spends no attempt.</summary>
    Outage,

    /// <summary>Two transactions met: run again alone, it goes through.</summary>
    Race,

    /// <summary>A rule said no: recorded, and the stream goes on.</summary>
    Refused,

    /// <summary>Nobody here can read it: no attempt would help.</summary>
    Unreadable,

    /// <summary>Anything else: it counts an attempt, and its stream waits.</summary>
    Other,
}

internal static class Failures
{
    public static FailureKind Of(Exception failure) => failure switch
    {
        DomainRuleException => FailureKind.Refused,
        UnreadableMessageException => FailureKind.Unreadable,
        DependencyUnavailableException or BreakerOpenException => FailureKind.Outage,
        OperationCanceledException { InnerException: TimeoutException } => FailureKind.Outage, // an HTTP client that got no answer
        HttpRequestException { StatusCode: null or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout } => FailureKind.Outage,
        PostgresException { SqlState: InboxStatements.MarkMoved } => FailureKind.Race,
        _ when PostgresSession.IsRace(failure) => FailureKind.Race,
        _ when PostgresSession.IsOutage(failure) => FailureKind.Outage,
        _ => FailureKind.Other,
    };

    /// <summary>Whether the database cannot hold what the message says, as a stream's name that is too long for an index.</summary>
    public static bool IsOfItsBytes(Exception failure) => failure is PostgresException { SqlState: ['2', '2', ..] or ['5', '4', ..] };

    /// <summary>Whether the failure comes from the message and the code alone, so that no dependency can be behind it.</summary>
    public static bool IsOfTheMessage(Exception failure) => failure is
        ArgumentException or InvalidOperationException or FormatException or NotSupportedException or NullReferenceException
        or KeyNotFoundException or ArithmeticException or InvalidCastException or System.Text.Json.JsonException or PostgresException;
}
