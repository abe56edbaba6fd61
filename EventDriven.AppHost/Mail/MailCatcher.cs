namespace EventDriven.AppHost;

/// <summary>Where mail goes: a catcher in a container where there is an engine, else a folder of .eml files; published, the server that a parameter names.</summary>
internal static partial class MailCatcher
{
    public static IResourceBuilder<IResourceWithConnectionString> AddMailCatcher(
        this IDistributedApplicationBuilder builder, string name, DataFolder data)
    {
        IResourceBuilder<IResourceWithConnectionString>? container = null;
        TryContainer(builder, name, ref container);
        return container ?? builder.AddConnectionString(name, ReferenceExpression.Create($"{new Uri(data.Part("mails")).AbsoluteUri}"));
    }

    // Where the real Aspire is: in MailCatcher.Containers.cs.
    static partial void TryContainer(IDistributedApplicationBuilder builder, string name, ref IResourceBuilder<IResourceWithConnectionString>? container);
}
