namespace EventDriven.Traffic.Customers;

/// <summary>Somebody with a name and an address that are nobody's.</summary>
internal sealed record Person(string Email, string Name)
{
    private static readonly string[] First = ["Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Katherine", "Leslie", "Radia", "Tony"];
    private static readonly string[] Last = ["Moreau", "Okafor", "Lind", "Tanaka", "Silva", "Novak", "Haddad", "Byrne", "Petrov", "Ruiz"];

    public static Person Any(Random random) =>
        new($"{Guid.CreateVersion7():N}@example.com", $"{First[random.Next(First.Length)]} {Last[random.Next(Last.Length)]}");
}
