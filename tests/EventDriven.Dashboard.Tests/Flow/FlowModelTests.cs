using EventDriven.Dashboard.Flow;

namespace EventDriven.Dashboard.Tests.Flow;

public sealed class FlowModelTests
{
    private static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Subject Sending = new("orders", Operation.Send, "orders.events", "");
    private static readonly Subject Handling = new("email", Operation.Process, "orders.events", "email");
    private static readonly Reporter Orders = new("orders", "1");

    private readonly FlowModel _model = new();

    [Fact]
    public void A_running_total_becomes_a_rate()
    {
        for (var second = 0; second <= 20; second++)
            Report(Orders, Noon.AddSeconds(second), Total(Sending, 100 + (5 * second), since: Noon.AddHours(-1)));

        var traffic = Published(Noon.AddSeconds(20));
        Assert.Equal(5, traffic.Rate, 1);
        Assert.Equal(200, traffic.Count);
    }

    [Fact]
    public void Deltas_add_up_to_the_same_rate()
    {
        for (var second = 0; second <= 20; second++)
            Report(Orders, Noon.AddSeconds(second), Delta(Sending, 5, TimeSpan.FromSeconds(1)));

        Assert.Equal(5, Published(Noon.AddSeconds(20)).Rate, 1);
        Assert.Equal(105, Published(Noon.AddSeconds(20)).Count);
    }

    [Fact]
    public void A_report_a_minute_gives_a_steady_rate_between_the_reports()
    {
        for (var minute = 0; minute <= 3; minute++)
            Report(Orders, Noon.AddMinutes(minute), Total(Sending, 120 * minute, since: Noon.AddHours(-1)));

        Assert.Equal(2, Published(Noon.AddMinutes(3).AddSeconds(30)).Rate, 1);
    }

    [Fact]
    public void What_was_counted_before_the_dashboard_listened_says_nothing_about_now()
    {
        Report(Orders, Noon, Total(Sending, 7_200, since: Noon.AddHours(-1)));

        Assert.Equal(7_200, Published(Noon).Count);
        Assert.Equal(0, Published(Noon).Rate);
    }

    [Fact]
    public void The_first_message_of_a_process_that_has_long_run_is_seen_at_once()
    {
        Report(Orders, Noon);
        Report(Orders, Noon.AddSeconds(1), Total(Sending, 1, since: Noon.AddHours(-1)));

        Assert.True(Published(Noon.AddSeconds(1)).Rate > 0);
    }

    [Fact]
    public void A_restarted_process_begins_at_zero_and_nothing_is_lost_or_counted_twice()
    {
        Report(Orders, Noon, Total(Sending, 40, since: Noon.AddSeconds(-30)));
        Report(Orders, Noon.AddSeconds(10), Total(Sending, 3, since: Noon.AddSeconds(5)));
        Report(Orders, Noon.AddSeconds(11), Total(Sending, 4, since: Noon.AddSeconds(5)));

        Assert.Equal(44, Published(Noon.AddSeconds(11)).Count);
    }

    [Fact]
    public void A_report_that_comes_twice_counts_once()
    {
        Report(Orders, Noon, Total(Sending, 40, since: Noon.AddSeconds(-30)));
        Report(Orders, Noon, Total(Sending, 40, since: Noon.AddSeconds(-30)));

        Assert.Equal(40, Published(Noon).Count);
    }

    [Fact]
    public void Two_replicas_add_up()
    {
        Report(Orders, Noon, Total(Sending, 40, since: Noon.AddSeconds(-30)));
        Report(Orders with { Instance = "2" }, Noon, Total(Sending, 2, since: Noon.AddSeconds(-30)));

        Assert.Equal(42, Published(Noon).Count);
    }

    [Fact]
    public void A_rate_falls_to_zero_when_no_more_reports_come()
    {
        for (var second = 0; second <= 20; second++)
            Report(Orders, Noon.AddSeconds(second), Delta(Sending, 5, TimeSpan.FromSeconds(1)));

        Assert.Equal(0, Published(Noon.AddSeconds(60)).Rate);
    }

    [Fact]
    public void A_service_that_only_sends_spans_is_counted_by_them()
    {
        for (var i = 0; i < 20; i++)
            _model.Fold(Span(Sending, Noon, TimeSpan.FromMilliseconds(2), name: $"s{i}"), Noon.AddSeconds(i / 2));

        Assert.Equal(20, Published(Noon.AddSeconds(10)).Count);
        Assert.Equal(2, Published(Noon.AddSeconds(10)).Rate, 1);
    }

    [Fact]
    public void A_span_of_a_batch_counts_its_messages()
    {
        _model.Fold(Span(Sending, Noon, TimeSpan.FromMilliseconds(2)) with { Messages = 500 }, Noon);

        Assert.Equal(500, Published(Noon).Count);
    }

    [Fact]
    public void Metrics_replace_what_spans_have_counted()
    {
        _model.Fold(Span(Handling, Noon, TimeSpan.FromMilliseconds(2)), Noon);
        Report(new("email", "1"), Noon, Delta(Handling, 10, TimeSpan.FromSeconds(1)));
        _model.Fold(Span(Handling, Noon, TimeSpan.FromMilliseconds(2), name: "b"), Noon);

        Assert.Equal(10, Delivered(Noon).Count);
    }

    [Fact]
    public void Receiving_and_processing_are_one_edge_and_processing_counts()
    {
        _model.Fold(Span(Handling with { Operation = Operation.Receive }, Noon, TimeSpan.Zero) with { Messages = 50 }, Noon);
        _model.Fold(Span(Handling, Noon, TimeSpan.FromMilliseconds(2), name: "b"), Noon);

        Assert.Equal(1, Delivered(Noon).Count);
    }

    [Fact]
    public void Failures_are_told_apart()
    {
        Report(new("email", "1"), Noon,
            Delta(Handling, 8, TimeSpan.FromSeconds(1)),
            Delta(Handling, 2, TimeSpan.FromSeconds(1)) with { Failed = true, Series = "failed" });

        Assert.Equal(10, Delivered(Noon).Count);
        Assert.Equal(2, Delivered(Noon).Failures);
    }

    [Fact]
    public void Processing_times_come_from_the_histogram()
    {
        // 90 below 5 ms, 10 between 50 and 100 ms.
        var durations = new Buckets([0.0025, 0.005, 0.05, 0.1], [0, 90, 0, 10, 0]);
        Report(new("email", "1"), Noon, Delta(Handling, 100, TimeSpan.FromSeconds(1)) with { Evidence = Evidence.Histogram, Durations = durations });

        var processing = Delivered(Noon).Processing!;
        Assert.InRange(processing.Median.TotalMilliseconds, 2.5, 5);
        Assert.InRange(processing.Percentile95.TotalMilliseconds, 50, 100);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_way_through_is_measured_whichever_span_comes_first(bool sentFirst)
    {
        var sent = Span(Sending, Noon, TimeSpan.FromMilliseconds(2), name: "sent");
        var handled = Span(Handling, Noon.AddMilliseconds(80), TimeSpan.FromMilliseconds(20)) with { Origins = ["unknown", "sent"] };
        foreach (var span in sentFirst ? [sent, handled] : new[] { handled, sent })
            _model.Fold(span, Noon.AddSeconds(1));

        Assert.InRange(Delivered(Noon.AddSeconds(1)).WayThrough!.Median.TotalMilliseconds, 80, 120);
    }

    [Fact]
    public void Every_subscription_of_a_message_is_measured_also_when_the_sending_span_comes_last()
    {
        _model.Fold(Span(Handling, Noon.AddMilliseconds(80), TimeSpan.FromMilliseconds(20)) with { Origins = ["message", "sent"] }, Noon);
        _model.Fold(Span(Handling with { Subscription = "insights" }, Noon, TimeSpan.FromMilliseconds(9)) with { Origins = ["message", "sent"] }, Noon);
        _model.Fold(Span(Sending, Noon, TimeSpan.Zero) with { Names = ["message", "sent"] }, Noon);

        Assert.All(_model.Read(Noon).Deliveries, static delivery => Assert.NotNull(delivery.Traffic.WayThrough));
    }

    [Fact]
    public void The_model_stays_small_however_many_topics_and_messages_there_are()
    {
        for (var i = 0; i < 5_000; i++)
            _model.Fold(Span(Sending with { Topic = $"topic-{i}" }, Noon, TimeSpan.Zero, name: $"s{i}"), Noon.AddSeconds(i));

        Assert.Equal(2_000, _model.Read(Noon).Publications.Count);
    }

    private Traffic Published(DateTimeOffset at) => Assert.Single(_model.Read(at).Publications).Traffic;

    private Traffic Delivered(DateTimeOffset at) => Assert.Single(_model.Read(at).Deliveries).Traffic;

    private void Report(Reporter by, DateTimeOffset at, params MessagingPoint[] points) =>
        _model.Fold(new MetricReport(by, [.. points.Select(point => point with { Start = point.IsDelta ? at - (point.Time - point.Start) : point.Start, Time = at })]), at);

    private static MessagingPoint Total(Subject subject, double count, DateTimeOffset since) =>
        new(subject, Evidence.Counter, Failed: false, "total") { IsDelta = false, Start = since, Time = Noon, Count = count };

    private static MessagingPoint Delta(Subject subject, double count, TimeSpan over) =>
        new(subject, Evidence.Counter, Failed: false, "delta") { IsDelta = true, Start = Noon - over, Time = Noon, Count = count };

    private static MessagingSpan Span(Subject subject, DateTimeOffset started, TimeSpan duration, string name = "a") =>
        new(subject, started, duration, Messages: 1, Failed: false) { Names = [name] };
}
