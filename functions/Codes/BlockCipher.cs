using System.Security.Cryptography;

namespace ShareLinks.Codes;

/// <summary>AES-256 on single 16-byte blocks: the pseudo-random permutation that codes are built on.</summary>
/// <remarks>
/// Thread-safe: each thread keeps its own transforms, since making one for each block costs ten times the encryption.
/// Single blocks of distinct values need no mode; this is no cipher for messages.
/// </remarks>
internal sealed class BlockCipher : IDisposable
{
    public const int BlockBytes = 16;

    private readonly Aes aes;
    private readonly ThreadLocal<State> states;

    public BlockCipher(byte[] key)
    {
        aes = Aes.Create();
        aes.Key = key;
        aes.Mode = CipherMode.ECB;
        aes.Padding = PaddingMode.None;
        states = new(() =>
        {
            lock (aes)
            {
                return new State(aes.CreateEncryptor(), aes.CreateDecryptor());
            }
        });
    }

    public void Encrypt(Span<byte> block)
    {
        var state = states.Value!;
        Transform(state, state.Encryptor, block);
    }

    /// <summary>Encrypts many blocks at once, each on its own, in a fraction of the time.</summary>
    /// <param name="blocks">Whole blocks, one behind the other; overwritten.</param>
    public void EncryptAll(byte[] blocks) => states.Value!.Encryptor.TransformBlock(blocks, 0, blocks.Length, blocks, 0);

    public void Decrypt(Span<byte> block)
    {
        var state = states.Value!;
        Transform(state, state.Decryptor, block);
    }

    public void Dispose()
    {
        aes.Dispose();
        states.Dispose();
    }

    private static void Transform(State state, ICryptoTransform transform, Span<byte> block)
    {
        block.CopyTo(state.Input);
        transform.TransformBlock(state.Input, 0, BlockBytes, state.Output, 0);
        state.Output.CopyTo(block);
    }

    private sealed record State(ICryptoTransform Encryptor, ICryptoTransform Decryptor)
    {
        public byte[] Input { get; } = new byte[BlockBytes];

        public byte[] Output { get; } = new byte[BlockBytes];
    }
}
