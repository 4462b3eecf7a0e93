using System.Security.Cryptography;
using ShareLinks.Codes;
using ShareLinks.People;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.People;

public class PersonTableTests(Azurite azurite)
{
    [Fact]
    public async Task A_person_has_one_number_however_many_share_at_once()
    {
        var prefix = azurite.NewPrefix();
        var tables = Enumerable.Range(0, 4).Select(_ => NewTable(prefix)).ToArray();
        var numbers = await Task.WhenAll(Enumerable.Range(0, 32).Select(i => tables[i % 4].AddLinksAsync("用户/7", [new LinkId(i)])));
        var number = Assert.Single(numbers.Distinct());
        Assert.Equal("用户/7", await NewTable(prefix).NameAsync(number));
        Assert.Equal(number, await NewTable(prefix).FindAsync("用户/7"));
        Assert.Equal(Enumerable.Range(0, 32).Reverse(), (await NewTable(prefix).LinksAsync(number, null, 10).ToListAsync()).Select(link => (int)link.Value));
    }

    [Fact]
    public async Task Nobody_has_no_number_and_no_number_means_nobody()
    {
        var people = NewTable(azurite.NewPrefix());
        Assert.Null(await people.FindAsync("user-7"));
        Assert.Null(await people.NameAsync(new PersonId(42)));
    }

    private PersonTable NewTable(string prefix)
    {
#pragma warning disable RS0030 // A test is its own composition root.
        return new PersonTable(azurite.NewAccount(prefix: prefix), RandomNumberGenerator.Create(), TimeProvider.System);
#pragma warning restore RS0030
    }
}
