using EventDriven.ServiceDefaults;
using Npgsql;

namespace EventDriven.Email.Mails;

/// <summary>A mail that was sent, and the message that it was sent because of.</summary>
internal sealed record SentMail(string Subject, DateTimeOffset SentAt, Because Because);

internal sealed record Because(Guid MessageId, string Type);

internal static class MailsEndpoint
{
    private const int Most = 1_000;

    extension(IEndpointRouteBuilder app)
    {
        public void MapMails() => app.MapGet("/users/{userId:guid}/mails", Mails).WithTags("Mails")
            .WithSummary("The mails a user got, newest first").OnlyFor(request => request.GetArgument<Guid>(0)).Produces<SentMail[]>();
    }

    private static async Task<IResult> Mails(Guid userId, NpgsqlDataSource database, CancellationToken ct)
    {
        await using var command = database.CreateCommand("""
            select subject, sent_at, message_id, message_type from email.mails
            where user_id = $1 and sent_at is not null order by sent_at desc limit $2
            """);
        command.Parameters.Add(new() { Value = userId });
        command.Parameters.Add(new() { Value = Most });
        await using var row = await command.ExecuteReaderAsync(ct);
        List<SentMail> mails = [];
        while (await row.ReadAsync(ct))
            mails.Add(new(row.GetString(0), row.GetFieldValue<DateTimeOffset>(1), new(row.GetGuid(2), row.GetString(3))));
        return TypedResults.Ok(mails);
    }
}
