using System.Reflection;
using EventDriven.Log;

namespace EventDriven.Experiments.Catalogue.CommandAndEvent;

/// <summary>What can be read off the running code about who knows whom.</summary>
internal static class Knowledge
{
    /// <summary>How many messages it must know that somebody else's contract defines: it changes when they change.</summary>
    public static int OfOthers(string service, MessageTypes types) => types.Count(type => OwnerOf(type) != service);

    /// <summary>How many parts of a sender are not in both versions: the messages that it names, and methods whose compiled code differs.</summary>
    public static int Changes(ISender before, ISender after)
    {
        var (old, now) = (Parts(before), Parts(after));
        return old.Keys.Union(now.Keys).Count(part => old.GetValueOrDefault(part) != now.GetValueOrDefault(part));
    }

    private static string OwnerOf(MessageType type) => type.Name.Split('.')[0];

    private static Dictionary<string, string> Parts(ISender sender)
    {
        var parts = sender.Types.ToDictionary(type => "message " + type.ClrType.Name, _ => "named");
        foreach (var method in sender.GetType().GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly).Where(m => m.Name == nameof(ISender.Joined)))
            parts["method " + method.Name] = Convert.ToHexString(method.GetMethodBody()!.GetILAsByteArray()!);
        return parts;
    }
}
