using EventDriven.Log;

namespace EventDriven.Tests;

public sealed class StreamNameTests
{
    [Fact]
    public void What_is_written_is_read_again()
    {
        var name = new StreamName("order", Guid.CreateVersion7());
        Assert.Equal(name, StreamName.Parse(name.ToString()));
    }

    [Theory]
    [InlineData("order")]
    [InlineData("-0199c0de-0000-7000-8000-000000000000")]
    [InlineData("order-42")]
    public void Anything_else_is_refused(string text) => Assert.Throws<FormatException>(() => StreamName.Parse(text));
}
