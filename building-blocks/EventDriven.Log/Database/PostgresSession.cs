using System.Data.Common;
using System.Net.Sockets;
using Npgsql;

namespace EventDriven.Log.Database;

/// <summary>How every connection of a service behaves, and which failures mean that the database is away.</summary>
public static class PostgresSession
{
    private const int MostConnections = 30; // of one process to one database, where the connection string says no other number

    // What many appends, or many handlers, have to say goes out in one piece: each piece costs both sides a system call, and wakes the server.
    private const int WriteBuffer = 32 * 1024;

    // No compiler for plans: a service's statements touch few rows, whatever the planner believes of tables that have grown.
    private const string Options = "-c idle_in_transaction_session_timeout=5s -c lock_timeout=5s -c jit=off";

    /// <summary>A pipelined append met a stream that had moved on.</summary>
    internal const string StreamMovedOn = "ED002";

    /// <summary>A commit came too long after its appends.</summary>
    internal const string CommitTooLate = "ED006";

    /// <summary>A stream or the log is not what the writer took it for.</summary>
    internal const string NotAsPresumed = "ED007";

    private const string IdleInTransactionTimeout = "25P03";

    /// <summary>
    /// Makes sure that what a stopped process holds is free again soon: pass it where the data source is added. A connection goes back to the
    /// pool as it is, since to reset it would cost as much as a short transaction: set what is to be set with <c>set local</c>.
    /// </summary>
    public static void Configure(NpgsqlDataSourceBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.ConnectionStringBuilder.Options = Options;
        builder.ConnectionStringBuilder.MaxAutoPrepare = 50;
        builder.ConnectionStringBuilder.AutoPrepareMinUsages = 3;
        builder.ConnectionStringBuilder.KeepAlive = 10;
        builder.ConnectionStringBuilder.NoResetOnClose = true;
        builder.ConnectionStringBuilder.WriteBufferSize = WriteBuffer;
        if (!new DbConnectionStringBuilder { ConnectionString = builder.ConnectionStringBuilder.ConnectionString }.ContainsKey("Maximum Pool Size"))
            builder.ConnectionStringBuilder.MaxPoolSize = MostConnections;
    }

    /// <summary>The database is down, restarting or full: nothing is wrong with the statement, and trying again later will do.</summary>
    public static bool IsOutage(Exception failure) => failure switch
    {
        PostgresException when IsRace(failure) => false,
        PostgresException postgres => postgres.IsTransient || postgres.SqlState is
            PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow
            or IdleInTransactionTimeout or PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidCatalogName,
        NpgsqlException => true,
        SocketException or TimeoutException => true,
        _ => false,
    };

    /// <summary>Two transactions met: the same work, run again alone, goes through.</summary>
    public static bool IsRace(Exception failure) => failure is CommitTooLateException or PostgresException
    {
        SqlState: PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.LockNotAvailable or StreamMovedOn or CommitTooLate or NotAsPresumed,
    };
}
