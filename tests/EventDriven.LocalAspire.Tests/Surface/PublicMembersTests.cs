namespace EventDriven.LocalAspire.Tests.Surface;

public sealed class PublicMembersTests
{
    // Each line of the list stands in Aspire's own listing of its public API, version 13.4.6. One more line here needs one there.
    [Fact]
    public async Task The_stand_in_has_the_listed_members_and_no_others()
    {
        var listed = await File.ReadAllLinesAsync(
            Path.Combine(AppContext.BaseDirectory, "Surface", "PublicMembers.txt"), TestContext.Current.CancellationToken);
        string[] members =
        [
            .. Signatures.Of(typeof(Aspire.Hosting.DistributedApplication).Assembly),
            .. Signatures.Of(typeof(Aspire.Npgsql.NpgsqlSettings).Assembly),
        ];

        Assert.Equal(
            string.Join('\n', listed.Order(StringComparer.Ordinal)),
            string.Join('\n', members.Order(StringComparer.Ordinal)));
    }
}
