using System.Buffers;
using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;

namespace ShareLinks.Storage;

/// <summary>Keys made of callers' strings and numbers.</summary>
public static class TableKey
{
    /// <summary>Between the parts of a row key; <see cref="Escape"/> never leaves it in a part.</summary>
    public const char Separator = '|';

    private static readonly SearchValues<char> Plain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    /// <summary>
    /// The text with everything but <c>A-Za-z0-9._-</c> as <c>=</c> and four hexadecimal digits for each UTF-16 unit, so that no character that
    /// keys refuse, or that is also a separator, is left. Different texts give different keys.
    /// </summary>
    public static string Escape(string text)
    {
        if (!text.AsSpan().ContainsAnyExcept(Plain))
            return text;
        var key = new StringBuilder(text.Length * 2);
        foreach (var c in text)
        {
            if (Plain.Contains(c))
                key.Append(c);
            else
                key.Append(CultureInfo.InvariantCulture, $"={(int)c:X4}");
        }
        return key.ToString();
    }

    /// <summary>How many values <see cref="SmallBucket"/> has.</summary>
    public const int SmallBuckets = 64;

    /// <summary>One of 64 partitions, from 0, that spread the given text.</summary>
    public static int SmallBucket(string text) => (int)(XxHash3.HashToUInt64(MemoryMarshal.AsBytes(text.AsSpan())) % SmallBuckets);

    /// <summary>One of 256 partitions, <c>00</c> to <c>ff</c>, that spread the given text.</summary>
    public static string Bucket(string text) => ((byte)XxHash3.HashToUInt64(MemoryMarshal.AsBytes(text.AsSpan()))).ToString("x2", CultureInfo.InvariantCulture);

    /// <summary>Two hexadecimal digits that spread growing numbers.</summary>
    public static string Bucket(long number) => BucketNumber(number).ToString("x2", CultureInfo.InvariantCulture);

    /// <summary>The same as a number, from 0 to 255.</summary>
    public static byte BucketNumber(long number) => (byte)XxHash3.HashToUInt64(BitConverter.GetBytes(number));
}
