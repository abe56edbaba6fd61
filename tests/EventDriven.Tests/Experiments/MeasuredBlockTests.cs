using EventDriven.Experiments.Pages;
using EventDriven.Experiments.Results;

namespace EventDriven.Tests.Experiments;

public sealed class MeasuredBlockTests
{
    private const string Page = $"# By hand\n\n{MeasuredBlock.Begin}\n\nold\n{MeasuredBlock.End}\n\nBy hand, too\n";

    [Fact]
    public void What_stands_around_the_markers_stays()
    {
        var page = MeasuredBlock.Into(Page, "new\n");

        Assert.Equal($"# By hand\n\n{MeasuredBlock.Begin}\n\nnew\n\n{MeasuredBlock.End}\n\nBy hand, too\n", page);
        Assert.Equal(page, MeasuredBlock.Into(page, "new\n"));
    }

    [Fact]
    public void A_page_without_markers_is_not_touched() => Assert.Throws<InvalidOperationException>(() => MeasuredBlock.Into("# By hand\n", "new"));

    [Fact]
    public void A_claim_that_did_not_hold_is_shown_as_such()
    {
        var claim = new Claim("Nothing is lost", "lost", Side.Exactly, 0, "events");
        var result = new Result("a-name", "A title", "A story", IsShort: true, DateTimeOffset.UnixEpoch, "a machine", "abc", "a command", 1, [claim.Judge(3)],
            new Dictionary<string, double> { ["lost"] = 3 }, new Dictionary<string, IReadOnlyList<double>>(), ["a note"], new Chart("A chart", "", "", []));

        var block = MeasuredBlock.Of(result);

        Assert.Contains("| Nothing is lost | exactly 0 events | 3 events | **did not hold**, off by 3 |", block, StringComparison.Ordinal);
        Assert.Contains("short form", block, StringComparison.Ordinal);
        Assert.Contains("- a note", block, StringComparison.Ordinal);
    }
}
