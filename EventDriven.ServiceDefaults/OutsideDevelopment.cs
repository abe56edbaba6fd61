using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace EventDriven.ServiceDefaults;

/// <summary>
/// What is good enough for a machine of one's own. Anywhere else a program that is set so does not start, and says what to set.
/// </summary>
public static class OutsideDevelopment
{
    // Each makes something go wrong, or go the slower way, so that it can be seen.
    private static readonly string[] Experiments = ["Composition", "Orders:Composition", "Fulfilment:Naive"];
    private static readonly string[] Harmless = ["", "false", "events"];

    extension(IHostApplicationBuilder builder)
    {
        /// <summary>Every service does it with its defaults; a program without them calls it.</summary>
        /// <exception cref="InvalidOperationException">Something is set that only Development may have.</exception>
        public void RefuseWhatIsForDevelopment()
        {
            if (!builder.Environment.IsDevelopment() && Problem(builder.Configuration) is { } problem)
                throw new InvalidOperationException(problem);
        }
    }

    private static string? Problem(IConfiguration settings)
    {
        if (settings.GetConnectionString("kafka") is not null && !Is(settings["Messaging:Security:Protocol"], "SaslSsl"))
            return "Outside Development nobody speaks to the broker in clear: set Messaging__Security__Protocol to SaslSsl and Messaging__Security__Mechanism to how the account is shown.";
        return Array.Find(Experiments, name => !Array.Exists(Harmless, value => Is(settings[name] ?? "", value))) is { } experiment
            ? $"{experiment} is for experiments in Development: remove {experiment.Replace(":", "__", StringComparison.Ordinal)}."
            : null;
    }

    private static bool Is(string? value, string expected) => string.Equals(value, expected, StringComparison.OrdinalIgnoreCase);
}
