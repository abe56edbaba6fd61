using System.Diagnostics;
using System.Net;
using EventDriven.Experiments.Laboratory;

namespace EventDriven.Experiments.Catalogue.AnswerNeededNow;

/// <summary>What one customer lived through.</summary>
/// <param name="Account">Where the money is.</param>
/// <param name="HasMoney">Whether it is enough.</param>
/// <param name="Thanked">Whether the shop said thank you before it knew.</param>
/// <param name="Knew">What the customer knew in the end: paid, not paid; null when nothing.</param>
/// <param name="After">When.</param>
internal sealed record Visit(Guid Account, bool HasMoney, bool Thanked, bool? Knew, TimeSpan After);

/// <summary>Orders, and looks until it is clear whether the order stands.</summary>
internal static class Customer
{
    public static async Task<Visit> ByCall(HttpClient shop, Guid account, bool hasMoney, CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        using var answer = await shop.PostAsync(new Uri($"/by-call/{account}/{Guid.CreateVersion7()}", UriKind.Relative), content: null, ct);
        return new(account, hasMoney, Thanked: false, answer.StatusCode == HttpStatusCode.Created, Stopwatch.GetElapsedTime(started));
    }

    public static async Task<Visit> ByEvent(HttpClient shop, Guid account, bool hasMoney, TimeSpan looksFor, CancellationToken ct)
    {
        var (order, started) = (Guid.CreateVersion7(), Stopwatch.GetTimestamp());
        using var answer = await shop.PostAsync(new Uri($"/by-event/{account}/{order}", UriKind.Relative), content: null, ct);
        var status = await Until.Last(() => shop.GetStringAsync(new Uri($"/orders/{order}", UriKind.Relative), ct), known => known != "unknown", looksFor, ct);
        return new(account, hasMoney, answer.IsSuccessStatusCode, status switch { "paid" => true, "not paid" => false, _ => null }, Stopwatch.GetElapsedTime(started));
    }
}
