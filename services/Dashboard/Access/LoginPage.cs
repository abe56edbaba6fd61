using System.Net;

namespace EventDriven.Dashboard.Access;

/// <summary>What somebody sees who has not signed in: where the link is. It needs no file that is behind the sign-in.</summary>
internal static class LoginPage
{
    public static IResult Answer(HttpRequest request, int status, string? sentence, bool hasAccounts) =>
        TypedResults.Text(Html($"{request.Scheme}://{request.Host}/login?t=…", sentence, hasAccounts), "text/html; charset=utf-8", statusCode: status);

    private static string Html(string link, string? sentence, bool hasAccounts) => $$"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
          <meta charset="utf-8">
          <meta name="viewport" content="width=device-width, initial-scale=1">
          <meta name="color-scheme" content="light dark">
          <title>Sign in · EventDriven</title>
          <link rel="icon" href="data:,">
          <style>
            :root { --ink: #1b1f24; --soft: #57606a; --line: #d8dee4; --page: #f6f8fa; --card: #fff; --accent: #0f5cb5; --bad: #b3261e; }
            @media (prefers-color-scheme: dark) {
              :root { --ink: #e6e9ee; --soft: #9aa4b2; --line: #2c333d; --page: #101318; --card: #181c23; --accent: #6cb2ff; --bad: #ff8b82; }
            }
            body { margin: 0; min-height: 100dvh; display: grid; place-items: center; background: var(--page); color: var(--ink);
                   font: 15px/1.55 "Segoe UI", -apple-system, BlinkMacSystemFont, Roboto, "Helvetica Neue", sans-serif; }
            main { width: min(31rem, calc(100vw - 3rem)); padding: 2rem 2.25rem; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
            h1 { margin: 0 0 .5rem; font-size: 1.35rem; font-weight: 600; }
            p { margin: .5rem 0; color: var(--soft); }
            code { display: block; margin: .75rem 0; padding: .6rem .75rem; border: 1px solid var(--line); border-radius: 8px; background: var(--page);
                   font: 13px/1.5 "Cascadia Code", ui-monospace, monospace; overflow-wrap: anywhere; color: var(--ink); }
            [role=alert] { color: var(--bad); }
            a { color: var(--accent); }
            svg { display: block; margin-bottom: 1rem; color: var(--accent); }
          </style>
        </head>
        <body>
          <main data-testid="login">
            <svg width="34" height="34" viewBox="0 0 32 32" fill="none" stroke="currentColor" stroke-width="2.5" stroke-linecap="round" aria-hidden="true">
              <circle cx="6" cy="16" r="3.5"/><circle cx="26" cy="7" r="3.5"/><circle cx="26" cy="25" r="3.5"/>
              <path d="M10 15C16 14 17 8 22 7M10 17c6 1 7 7 12 8"/>
            </svg>
            <h1>Sign in with your link</h1>
            {{(sentence is null ? "" : $"<p role=\"alert\">{WebUtility.HtmlEncode(sentence)}</p>")}}
            {{(hasAccounts ? $"<p><a href=\"{OidcSignIn.Path}\" data-testid=\"login-oidc\">Sign in with your account</a>, or with the link.</p>" : "")}}
            <p>The console in which the system was started shows it, beside the other addresses:</p>
            <code>dashboard&nbsp; {{WebUtility.HtmlEncode(link)}}</code>
            <p>It signs in once: the browser that opens it stays signed in until the dashboard stops.</p>
          </main>
        </body>
        </html>
        """;
}
