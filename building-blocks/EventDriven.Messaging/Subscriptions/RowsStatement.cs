using Npgsql;

namespace EventDriven.Messaging.Subscriptions;

/// <summary>
/// One statement for the rows of many messages, as PostgreSQL takes them fastest: <c>$1</c>, <c>$2</c> … are the columns, each an array.
/// Rows that the handlers of a batch give to the same statement, one after the other and with no other statement between, are sent as one;
/// order among statements is kept. Where the database refuses the rows of many, they are sent again message by message, so that a message
/// fails for itself. It is for rows that are added: as it is one statement, a row does not see what it does for another. One that changes what is
/// there must first bring together what meets the same row (<c>group by</c>): of several rows of an <c>unnest</c>, <c>update … from</c> applies one
/// and says nothing, and <c>on conflict do update</c> refuses.
/// </summary>
/// <example><code>
/// static readonly RowsStatement&lt;OrderPlaced&gt; Insert =
///     new RowsStatement&lt;OrderPlaced&gt;("insert into orders (id, total) select * from unnest($1, $2)").With(o => o.OrderId).With(o => o.Total);
/// </code></example>
/// <typeparam name="TRow">What a row is made from.</typeparam>
public sealed class RowsStatement<TRow> : IRowsStatement
    where TRow : class
{
    private readonly string _text;
    private readonly Func<IReadOnlyList<TRow>, NpgsqlParameter>[] _columns;

    /// <param name="text">The statement; it reads its rows with <c>unnest</c>. An instance is a statement: keep it in a static field.</param>
    public RowsStatement(string text)
        : this(text, [])
    {
    }

    private RowsStatement(string text, Func<IReadOnlyList<TRow>, NpgsqlParameter>[] columns) => (_text, _columns) = (text, columns);

    /// <summary>The same statement with the next column.</summary>
    /// <param name="column">The column's value in a row, which is read when the batch is sent; null is SQL's null.</param>
    /// <typeparam name="TColumn">A type that Npgsql can send as an array.</typeparam>
    public RowsStatement<TRow> With<TColumn>(Converter<TRow, TColumn> column) =>
        new(_text, [.. _columns, rows => new NpgsqlParameter<TColumn[]> { TypedValue = [.. rows.Select(row => column(row))] }]);

    NpgsqlBatchCommand IRowsStatement.Of(IEnumerable<object> rows)
    {
        TRow[] all = [.. rows.Cast<TRow>()];
        var command = new NpgsqlBatchCommand(_text);
        foreach (var column in _columns)
            command.Parameters.Add(column(all));
        return command;
    }
}

/// <summary>The same, of whatever rows.</summary>
internal interface IRowsStatement
{
    NpgsqlBatchCommand Of(IEnumerable<object> rows);
}
