using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace EventDriven.Dashboard.Tests.ServiceDefaults;

public sealed class ProblemTests : IAsyncLifetime
{
    private RunningService _service = null!;

    public async ValueTask InitializeAsync() => _service = await RunningService.Start(app =>
    {
        app.MapPost("/things", (Thing thing) => TypedResults.Ok(thing));
        app.MapGet("/things/{id:guid}", (Guid id, int page) => TypedResults.Ok(new { id, page }));
        app.MapGet("/broken", string () => throw new InvalidOperationException("a secret of the inside"));
    });

    public ValueTask DisposeAsync() => _service.DisposeAsync();

    [Fact]
    public async Task Malformed_json_is_a_400_that_says_where()
    {
        var problem = await Post("{\"name\": \"a\", \"size\": nine}", HttpStatusCode.BadRequest);
        Assert.Contains("$.size, line 1", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_value_of_the_wrong_kind_is_a_400_that_names_the_field_and_no_type_of_ours()
    {
        var problem = await Post("{\"name\": \"a\", \"size\": \"nine\"}", HttpStatusCode.BadRequest);
        Assert.Contains("$.size", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("System.", problem.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_field_is_a_400_that_names_it()
    {
        var problem = await Post("{\"size\": 9}", HttpStatusCode.BadRequest);
        Assert.Equal("The body is missing required properties including: 'name'.", problem.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task No_body_is_a_400_that_asks_for_one()
    {
        var problem = await Read(await _service.Client.PostAsync("/things", null, Cancellation), HttpStatusCode.BadRequest);
        Assert.Equal("This call needs a JSON body.", problem.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task A_query_that_does_not_bind_is_a_400_that_names_the_parameter()
    {
        var answer = await _service.Client.GetAsync($"/things/{Guid.CreateVersion7()}?page=two", Cancellation);
        var problem = await Read(answer, HttpStatusCode.BadRequest);
        Assert.Contains("page", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_media_type_is_a_415()
    {
        using var text = new StringContent("name=a", Encoding.UTF8, "text/plain");
        await Read(await _service.Client.PostAsync("/things", text, Cancellation), HttpStatusCode.UnsupportedMediaType);
    }

    [Fact]
    public async Task A_body_over_64_KiB_is_a_413()
    {
        var problem = await Post($"{{\"name\": \"{new string('a', 70_000)}\", \"size\": 1}}", HttpStatusCode.RequestEntityTooLarge);
        Assert.Equal("A body may have up to 64 KiB.", problem.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task An_unknown_address_is_a_404() =>
        await Read(await _service.Client.GetAsync("/nowhere", Cancellation), HttpStatusCode.NotFound);

    [Theory]
    [InlineData("application/json")]
    [InlineData("text/html")]
    public async Task A_failure_is_a_500_without_its_stack_or_message(string accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/broken");
        request.Headers.Accept.ParseAdd(accept);
        var problem = await Read(await _service.Client.SendAsync(request, Cancellation), HttpStatusCode.InternalServerError);
        Assert.DoesNotContain("secret", problem.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", problem.GetRawText(), StringComparison.Ordinal);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private async Task<JsonElement> Post(string body, HttpStatusCode expected)
    {
        using var json = new StringContent(body, Encoding.UTF8, "application/json");
        return await Read(await _service.Client.PostAsync("/things", json, Cancellation), expected);
    }

    private static async Task<JsonElement> Read(HttpResponseMessage answer, HttpStatusCode expected)
    {
        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
        Assert.Equal((int)expected, problem.GetProperty("status").GetInt32());
        Assert.StartsWith("https://", problem.GetProperty("type").GetString(), StringComparison.Ordinal);
        Assert.False(string.IsNullOrEmpty(problem.GetProperty("traceId").GetString()));
        return problem;
    }

    private sealed record Thing(string Name, int Size)
    {
        public required string Name { get; init; } = Name;
    }
}
