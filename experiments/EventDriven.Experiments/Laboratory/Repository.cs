namespace EventDriven.Experiments.Laboratory;

/// <summary>The checkout that this runs from.</summary>
internal static class Repository
{
    /// <summary>Its root folder.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "EventDriven.sln")))
                return folder.FullName;
        }
        throw new InvalidOperationException("This runs from a checkout of the repository only.");
    }
}
