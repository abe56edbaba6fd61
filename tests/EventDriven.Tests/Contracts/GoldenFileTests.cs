using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using EventDriven.Contracts;
using EventDriven.Log;

namespace EventDriven.Tests.Contracts;

/// <summary>
/// What was written stays: logs hold it, and what is on the wire is read by programs that nobody here knows. After a change of shape the
/// contract gets its next version and an upcaster from the one before; the old file stays and proves it.
/// A new version's file is made by <c>GOLDEN_FILES=create dotnet test</c> on this project, which touches no file that is there.
/// </summary>
public sealed class GoldenFileTests
{
    private static readonly bool Create = Environment.GetEnvironmentVariable("GOLDEN_FILES") == "create";

    /// <summary>Every message that there is.</summary>
    internal static readonly MessageType[] Types = [.. TypesIn(typeof(Topics).Assembly), .. Topics.LogAnchored];

    /// <summary>And every event that only its own service's log holds.</summary>
    private static readonly MessageType[] Stored = [.. Types, .. ArchitectureTests.ServiceAssemblies.SelectMany(TypesIn).Where(t => t.Topic is null)];

    public static TheoryData<string> Versions => [.. Stored.SelectMany(t => t.Versions).Select(v => v.Name)];

    public static TheoryData<string> Files => [.. Directory.GetFiles(GoldenFile.Folder, "*.json").Select(f => Path.GetFileNameWithoutExtension(f))];

    [Theory]
    [MemberData(nameof(Versions))]
    public void A_contract_keeps_its_topic_and_shape(string name)
    {
        var type = Stored.Single(t => t.Versions.Any(v => v.Name == name));
        var today = GoldenFile.Today(type, type.Versions.Single(v => v.Name == name));
        if (Create && !File.Exists(GoldenFile.PathOf(name)))
            today.Create(GoldenFile.PathOf(name));
        Assert.True(File.Exists(GoldenFile.PathOf(name)), $"{name} has no golden file; make it with GOLDEN_FILES=create and commit it.");
        Assert.Empty(GoldenFile.Load(name).Broken(today));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void What_was_once_published_is_still_read_by_the_code_of_today(string name)
    {
        var type = Stored.SingleOrDefault(t => t.Versions.Any(v => v.Name == name));
        Assert.True(type is not null, $"{name} was written, so logs hold it; its contract is gone. Keep it readable with an upcaster.");
        var sample = GoldenFile.Load(name).Sample;

        var read = type.Read(name, JsonSerializer.SerializeToUtf8Bytes(sample));

        Assert.IsType(type.ClrType, read);
        if (name == type.Name)
            Assert.True(JsonNode.DeepEquals(sample, JsonSerializer.SerializeToNode(read, type.ClrType, EventLog.Json)), "what was read is written as it was");
    }

    [Fact]
    public void Every_topic_is_declared_for_Setup() => Assert.Equal(Topics.All.Order(StringComparer.Ordinal), Types.Select(t => t.Topic!).Distinct().Order(StringComparer.Ordinal));

    [Theory]
    [InlineData(typeof(Removed), "data.properties.text")]
    [InlineData(typeof(Renamed), "data.properties.label")]
    [InlineData(typeof(Retyped), "data.properties.number.type")]
    [InlineData(typeof(Nullable), "data.properties.number.type")]
    [InlineData(typeof(Optional), "data.required")]
    [InlineData(typeof(Added), "data.properties.more")]
    [InlineData(typeof(Deeper), "data.properties.inner.properties.id.format")]
    public void Each_change_of_shape_is_found_and_named(Type changed, string where) => Assert.Contains(
        Golden(typeof(Promised)).Broken(Golden(changed)), difference => difference.StartsWith(where + ":", StringComparison.Ordinal));

    [Fact]
    public void A_change_of_topic_is_found() => Assert.Equal(
        ["topic: there.events was promised, it is here.events"], Golden(typeof(Promised)).Broken(Golden(typeof(Promised)) with { Topic = "here.events" }));

    [Fact]
    public void The_same_shape_under_another_record_is_no_change() => Assert.Empty(Golden(typeof(Promised)).Broken(Golden(typeof(Same))));

    [Fact]
    public void A_file_that_is_there_is_never_overwritten()
    {
        var there = Path.GetTempFileName();
        Assert.Throws<IOException>(() => Golden(typeof(Promised)).Create(there));
        Assert.Empty(File.ReadAllText(there));
        File.Delete(there);
    }

    private static IEnumerable<MessageType> TypesIn(Assembly assembly) => assembly.GetTypes()
        .SelectMany(t => t.GetProperties(BindingFlags.Public | BindingFlags.Static))
        .Where(p => p.PropertyType == typeof(MessageTypes))
        .SelectMany(p => (MessageTypes)p.GetValue(null)!);

    private static GoldenFile Golden(Type record) =>
        GoldenFile.Today(MessageType.Published<Promised>("there.promised.v1", "there.events"), new MessageVersion("there.promised.v1", record, upcast: null));

    private sealed record Promised(int Number, string Text, Inner Inner);

    private sealed record Same(int Number, string Text, Inner Inner);

    private sealed record Removed(int Number, Inner Inner);

    private sealed record Renamed(int Number, string Label, Inner Inner);

    private sealed record Retyped(decimal Number, string Text, Inner Inner);

    private sealed record Nullable(int? Number, string Text, Inner Inner);

    private sealed record Optional(int Number, Inner Inner, string Text = "");

    private sealed record Added(int Number, string Text, Inner Inner, int More);

    private sealed record Deeper(int Number, string Text, InnerText Inner);

    private sealed record Inner(Guid Id);

    private sealed record InnerText(string Id);
}
