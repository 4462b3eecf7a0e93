using System.Text.Json.Serialization;

namespace ShareLinks.Backup;

/// <summary>What a finished backup holds: <c>manifest.json</c>, which is written last.</summary>
/// <param name="Format">The form of the files; <see cref="CurrentFormat"/>.</param>
/// <param name="CreatedAt">When the backup began.</param>
/// <param name="CodeKey">The fingerprint of the code key that the links were minted with.</param>
/// <param name="Tables">The tables in the order in which they were copied.</param>
internal sealed record Manifest(int Format, DateTimeOffset CreatedAt, string CodeKey, IReadOnlyList<TableFile> Tables)
{
    public const int CurrentFormat = 1;
}

/// <summary>A table's file.</summary>
/// <param name="Table">The table's name, without a prefix.</param>
/// <param name="File">The file's name: lines of JSON (see <see cref="RowLine"/>), gzipped.</param>
/// <param name="Rows">How many rows it has, each a line.</param>
/// <param name="Bytes">The file's size.</param>
/// <param name="Sha256">The file's SHA-256, in hexadecimal.</param>
public sealed record TableFile(string Table, string File, long Rows, long Bytes, string Sha256);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(Manifest))]
internal sealed partial class ManifestJson : JsonSerializerContext;
