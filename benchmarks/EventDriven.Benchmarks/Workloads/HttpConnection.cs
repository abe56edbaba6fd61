using System.Buffers.Text;
using System.Net.Sockets;
using System.Text;
using EventDriven.Benchmarks.Measuring;

namespace EventDriven.Benchmarks.Workloads;

/// <summary>One kept-alive HTTP/1.1 connection that sends the same POST again and again, at next to no cost of its own.</summary>
internal sealed class HttpConnection : IDisposable
{
    private readonly Socket _socket;
    private readonly byte[] _request;
    private readonly byte[] _answer = new byte[16 * 1024];

    private HttpConnection(Socket socket, Uri server)
    {
        _socket = socket;
        _request = Encoding.ASCII.GetBytes(
            $"POST /orders HTTP/1.1\r\nHost: {server.Authority}\r\nContent-Type: application/json\r\nContent-Length: {Payload.Request.Length}\r\n\r\n{Payload.Request}");
    }

    public static async Task<HttpConnection> Open(Uri server)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server.Host, server.Port);
        return new(socket, server);
    }

    /// <summary>Returns when the whole answer is here. Any other than 201 is an error.</summary>
    public async Task Post()
    {
        await _socket.SendAsync(_request);
        for (var length = 0; ;)
        {
            var received = await _socket.ReceiveAsync(_answer.AsMemory(length));
            if (received == 0)
                throw new IOException("The server hung up.");
            length += received;
            if (IsWhole(_answer.AsSpan(0, length)))
                return;
        }
    }

    public void Dispose() => _socket.Dispose();

    private static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        var end = answer.IndexOf("\r\n\r\n"u8);
        if (end < 0)
            return false;
        if (!answer.StartsWith("HTTP/1.1 201 "u8))
            throw new IOException("Not created: " + Encoding.ASCII.GetString(answer));
        var head = answer[..end];
        var body = answer[(end + 4)..];
        var length = head.IndexOf("Content-Length: "u8);
        if (length < 0)
            return body.EndsWith("0\r\n\r\n"u8); // chunked
        return Utf8Parser.TryParse(head[(length + 16)..], out int expected, out _) && body.Length >= expected;
    }
}
