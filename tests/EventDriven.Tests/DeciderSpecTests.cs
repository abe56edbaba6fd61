using EventDriven.EventSourcing.Testing;
using EventDriven.Log;

namespace EventDriven.Tests;

/// <summary>The kit for specs, by a light switch: what holds passes, and what does not hold is told apart.</summary>
public sealed class DeciderSpecTests() : DeciderSpec<DeciderSpecTests.Press, DeciderSpecTests.Turned, bool>(
    (press, isOn) => press.Broken ? throw new DomainRuleException("The switch is broken.", "broken") : press.On == isOn ? [] : [new([press.On])],
    (_, turned) => turned.States[^1], initial: false)
{
    public sealed record Press(bool On, bool Broken = false);

    public sealed record Turned(IReadOnlyList<bool> States);

    [Fact]
    public void What_holds_passes_and_lists_in_events_count_by_what_they_hold()
    {
        Given().When(new Press(On: true)).Then(new Turned([true]));
        Given(new Turned([false, true])).When(new Press(On: true)).ThenNothing();
        Given(new Turned([true])).When(new Press(On: true, Broken: true)).ThenRefused("broken");
        Given().When(new Press(On: true, Broken: true)).ThenRefused("switch is");
        Assert.True(Fold(new Turned([false]), new Turned([true])));
    }

    [Fact]
    public void What_does_not_hold_is_thrown_with_both_sides()
    {
        var other = Assert.Throws<SpecNotMetException>(() => Given().When(new Press(On: true)).Then(new Turned([false])));
        Assert.Contains("[false]", other.Message, StringComparison.Ordinal);
        Assert.Contains("[true]", other.Message, StringComparison.Ordinal);
        Assert.Throws<SpecNotMetException>(() => Given().When(new Press(On: true)).ThenNothing());
        Assert.Throws<SpecNotMetException>(() => Given().When(new Press(On: true)).ThenRefused("broken"));
        Assert.Throws<SpecNotMetException>(() => Given().When(new Press(On: true, Broken: true)).ThenRefused("frozen"));
        Assert.Throws<DomainRuleException>(() => Given().When(new Press(On: true, Broken: true)).Then(new Turned([true])));
    }
}
