using ShareLinks.Codes;

namespace ShareLinks.Tests.Codes;

public class Base62Tests
{
    [Theory]
    [InlineData(0ul, "00000000000")]
    [InlineData(61ul, "0000000000z")]
    [InlineData(62ul, "00000000010")]
    [InlineData(ulong.MaxValue, "LygHa16AHYF")]
    public void Numbers_have_one_fixed_form(ulong value, string expected)
    {
        Assert.Equal(expected, Base62.Encode(value, Base62.LengthOf64Bits));
        Assert.True(Base62.TryDecode(expected, out var decoded));
        Assert.Equal(value, decoded);
    }

    [Fact]
    public void The_largest_number_fits_and_the_next_is_refused()
    {
        var largest = Base62.Encode(UInt128.MaxValue);
        Assert.Equal(Base62.LengthOf128Bits, largest.Length);
        Assert.True(Base62.TryDecode(largest, out var decoded));
        Assert.Equal(UInt128.MaxValue, decoded);
        Assert.False(Base62.TryDecode(largest[..^1] + (char)(largest[^1] + 1), out _));
        Assert.False(Base62.TryDecode("zzzzzzzzzzzzzzzzzzzzzz", out _));
    }

    [Fact]
    public void A_number_that_needs_more_symbols_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => Base62.Encode(62 * 62, 2));
}
