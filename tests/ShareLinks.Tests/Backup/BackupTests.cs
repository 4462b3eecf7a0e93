using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Data.Tables;
using ShareLinks.Backup;
using ShareLinks.Codes;
using ShareLinks.Storage;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Backup;

public class BackupTests(Azurite azurite) : IDisposable
{
    private readonly DirectoryInfo data = Directory.CreateTempSubdirectory("sharelinks");

    public void Dispose() => data.Delete(recursive: true);

    private string Folder => Path.Combine(data.FullName, "backup");

    [Fact]
    public async Task Rows_of_every_type_come_back_exactly()
    {
        var (prefix, account) = await NewTablesAsync();
        var values = new object[]
        {
            "", "plain", "闲置 \"出\" \\ \r\n\t\u2028 😀 </script>", new string('长', 30_000),
            0, int.MinValue, int.MaxValue, 0L, (1L << 53) + 1, -(1L << 53) - 1, long.MinValue, long.MaxValue,
            0.1, 3.0, -2.5, 1e300, double.Epsilon, double.MaxValue, true, false,
            new DateTimeOffset(2026, 11, 24, 10, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 11, 24, 10, 0, 0, TimeSpan.Zero).AddTicks(1_234_567),
            new DateTimeOffset(1601, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(9999, 12, 31, 23, 59, 59, TimeSpan.Zero).AddTicks(9_999_999),
            new Guid("0f8fad5b-d9cb-469f-a165-70867728950e"), Guid.Empty, Array.Empty<byte>(), new byte[] { 0, 255, 10, 13 }, Bytes(BinaryColumns.MaxColumnBytes),
        };
        var row = new TableEntity("types", "all");
        for (var i = 0; i < values.Length; i++)
            row[$"C{i}"] = values[i];
        var table = account.Table("listings");
        await table.PutAsync(row);
        var keys = new[] { "", " ", "a b", "o'clock", "二手", "é", "=+&%25", "\"quoted\"", "~|!", "😀" };
        foreach (var partition in keys)
        {
            foreach (var key in keys)
                await table.PutAsync(new TableEntity(partition, key) { ["N"] = 1L });
        }
        // So many that pages end within partitions, between them and at their ends.
        foreach (var partition in new[] { "many", "众" })
        {
            for (var i = 0; i < 500; i += 100)
                await table.SubmitAsync([.. Enumerable.Range(i, 100).Select(n => new TableTransactionAction(TableTransactionActionType.Add, new TableEntity(partition, $"{n:d4}") { ["N"] = n }))]);
        }

        await Tables.BackUpAsync(azurite, prefix, Folder);
        var restored = await Tables.RestoreAsync(azurite, Folder);
        var copy = (await azurite.NewAccount(prefix: restored).Table("listings").GetAsync("types", "all"))!;
        Assert.All(values, (value, i) => Assert.Equal(value, copy[$"C{i}"]));
        Assert.Equal(await Tables.ReadAsync(azurite, prefix), await Tables.ReadAsync(azurite, restored));
    }

    [Fact]
    public async Task Rows_of_any_size_go_back_in_transactions_that_storage_takes()
    {
        var (prefix, account) = await NewTablesAsync();
        var table = account.Table("listings");
        for (var i = 0; i < 12; i++)
        {
            var row = new TableEntity("large", $"{i:d2}");
            BinaryColumns.Write(row, Bytes(BinaryColumns.MaxBytes));
            await table.PutAsync(row);
        }
        for (var i = 0; i < 60; i++)
            await table.PutAsync(new TableEntity("闲置", $"闲置{i:d2}") { ["Text"] = new string('长', 20_000) });
        for (var i = 0; i < 250; i += 50)
            await table.SubmitAsync([.. Enumerable.Range(i, 50).Select(n => new TableTransactionAction(TableTransactionActionType.Add, new TableEntity("small", $"{n:d4}")))]);

        await Tables.BackUpAsync(azurite, prefix, Folder);
        var transport = new MeasuringTransport();
        var restored = azurite.NewPrefix();
        await Restorer(azurite.NewAccount(transport, restored)).RestoreAsync(Folder, CodeKey.Development.Fingerprint, _ => { });
        Assert.InRange(transport.LargestRequest, 1_000_000, 4 * 1024 * 1024);
        Assert.Equal(await Tables.ReadAsync(azurite, prefix), await Tables.ReadAsync(azurite, restored));
    }

    [Fact]
    public async Task Every_table_is_in_it_but_those_that_must_not_be()
    {
        var (prefix, account) = await NewTablesAsync();
        foreach (var name in TableNames.All)
            await account.Table(name).PutAsync(new TableEntity(name == "blocks" ? "00000000000a" : name, name == "batches" ? "2147483640" : "000000") { ["Of"] = name });
        var told = new List<TableFile>();
        await Tables.Writer(account).WriteAsync(Folder, told.Add);
        Assert.Equal(TableNames.BackedUp, told.Select(file => file.Table));
        Assert.All(told, file => Assert.Equal((file.Table == "settings" ? 2 : 1, new FileInfo(Path.Combine(Folder, file.File)).Length), (file.Rows, file.Bytes)));
        var files = Directory.GetFiles(Folder).Select(file => Path.GetFileName(file)!).Order();
        Assert.Equal(TableNames.BackedUp.Select(name => name + ".jsonl.gz").Append("manifest.json").Order(), files);
        foreach (var name in new[] { "salts", "wechat", "idempotency" })
        {
            Assert.DoesNotContain(name, TableNames.BackedUp);
            Assert.All(await Tables.ReadFilesAsync(Folder), file => Assert.DoesNotContain(name, file.Value, StringComparison.Ordinal));
        }
        var restored = await Tables.RestoreAsync(azurite, Folder);
        // A stream with a block and no row is announced besides.
        Assert.Equal(
            (await Tables.ReadAsync(azurite, prefix, "salts", "wechat", "idempotency")).Append("streams streams 00000000000a Nonce:Int64=0").Order(),
            (await Tables.ReadAsync(azurite, restored)).Order());
    }

    [Fact]
    public async Task The_derived_tables_are_copied_while_the_fold_is_held()
    {
        var (_, account) = await NewTablesAsync();
        var order = new List<string>();
        var writer = new BackupWriter(account, TimeProvider.System, _ =>
        {
            order.Add("hold");
            return Task.FromResult<IAsyncDisposable>(new Hold(() => order.Add("let go")));
        });
        await writer.WriteAsync(Folder, file => order.Add(file.Table));
        Assert.Equal(["hold", "fold", "stats", "trees", "journeys", "paths", "let go", "streams", "batches"], order.Take(9));
    }

    [Theory]
    [InlineData("people", "00", "n|00000000000000ff", "00", "u|new")]
    [InlineData("links", "00-00000000", "0000000001|fffffffffe", "ff-00000001", "0000000001")]
    public async Task A_row_that_is_written_while_its_table_is_read_has_with_it_what_was_written_before_it(
        string name, string neededPartition, string needed, string partition, string row)
    {
        var (prefix, account) = await NewTablesAsync();
        var table = account.Table(name);
        foreach (var digits in new[] { "0", "1", "2" })
            await table.SubmitAsync([.. Enumerable.Range(0, 100).Select(n => new TableTransactionAction(TableTransactionActionType.Add, new TableEntity(neededPartition, $"s|{digits}{n:d2}")))]);
        await using var proxy = await StorageProxy.StartAsync(azurite);
        proxy.Before = request =>
        {
            // Between the first page and the second, in each pass: what is behind the place that is read, and then what is ahead of it.
            if (request.Path.StartsWith(prefix + name, StringComparison.Ordinal) && request.Query.Contains("NextPartitionKey", StringComparison.Ordinal))
            {
                table.PutAsync(new TableEntity(neededPartition, needed)).GetAwaiter().GetResult();
                table.PutAsync(new TableEntity(partition, row)).GetAwaiter().GetResult();
            }
            return Fault.None;
        };
        await Tables.Writer(new StorageAccount(new StorageOptions { ConnectionString = proxy.ConnectionString, TablePrefix = prefix })).WriteAsync(Folder, _ => { });
        var copied = (await Tables.ReadFilesAsync(Folder))[name + ".jsonl.gz"];
        Assert.Contains($"\"row\":\"{row}\"", copied, StringComparison.Ordinal);
        Assert.Contains($"\"row\":\"{needed}\"", copied, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_a_folder_that_is_new_or_empty_or_unfinished_is_written_to()
    {
        var (prefix, _) = await NewTablesAsync();
        Directory.CreateDirectory(Folder);
        await Tables.BackUpAsync(azurite, prefix, Folder);
        await RefusesAsync("holds a finished backup");

        Directory.Delete(Folder, recursive: true);
        Directory.CreateDirectory(Folder);
        await File.WriteAllTextAsync(Path.Combine(Folder, "unfinished"), "");
        await File.WriteAllTextAsync(Path.Combine(Folder, "salts.jsonl.gz"), "left by a killed backup");
        await File.WriteAllTextAsync(Path.Combine(Folder, "manifest.json.new"), "{");
        await Tables.BackUpAsync(azurite, prefix, Folder);
        Assert.False(File.Exists(Path.Combine(Folder, "salts.jsonl.gz")));
        Assert.False(File.Exists(Path.Combine(Folder, "unfinished")));
        await Tables.RestoreAsync(azurite, Folder);

        foreach (var other in new[] { "letter.txt", "other.jsonl.gz", "links.jsonl.gz" })
        {
            Directory.Delete(Folder, recursive: true);
            Directory.CreateDirectory(Folder);
            await File.WriteAllTextAsync(Path.Combine(Folder, other), "mine");
            await RefusesAsync("is not empty");
            Assert.Equal("mine", await File.ReadAllTextAsync(Path.Combine(Folder, other)));
            Assert.Single(Directory.GetFiles(Folder));
        }
        Directory.Delete(Folder, recursive: true);
        await File.WriteAllTextAsync(Folder, "a file");
        await RefusesAsync("is a file");

        async Task RefusesAsync(string reason) =>
            Assert.Contains(reason, (await Assert.ThrowsAsync<BackupException>(() => Tables.BackUpAsync(azurite, prefix, Folder))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_backups_do_not_share_a_folder()
    {
        var (prefix, _) = await NewTablesAsync();
        Exception? second = null;
        await Tables.BackUpAsync(azurite, prefix, Folder, table =>
        {
            if (table == "blocks")
                second = Record.ExceptionAsync(() => Tables.BackUpAsync(azurite, prefix, Folder)).AsTask().GetAwaiter().GetResult();
        });
        Assert.IsType<IOException>(second);
        await Tables.RestoreAsync(azurite, Folder);
    }

    [Fact]
    public async Task Nothing_is_backed_up_where_there_is_nothing_or_only_half_of_it()
    {
        var account = azurite.NewAccount();
        Assert.Contains("no tables of this app", (await Assert.ThrowsAsync<BackupException>(() => Tables.Writer(account).WriteAsync(Folder, _ => { }))).Message, StringComparison.Ordinal);
        await new RestoreMarker(account).PutAsync("ab");
        await Assert.ThrowsAsync<UnfinishedRestoreException>(() => Tables.Writer(account).WriteAsync(Folder, _ => { }));
        Assert.False(Directory.Exists(Folder));
    }

    [Theory]
    [InlineData("flip", "links.jsonl.gz is not as it was written")]
    [InlineData("cut", "links.jsonl.gz is not as it was written")]
    [InlineData("remove", "links.jsonl.gz is not as it was written")]
    [InlineData("rows", "links.jsonl.gz is not as it was written")]
    [InlineData("manifest cut", "manifest.json is not as it was written")]
    [InlineData("manifest empty", "manifest.json is not as it was written")]
    [InlineData("manifest without tables", "manifest.json is not as it was written")]
    [InlineData("file elsewhere", "manifest.json is not as it was written")]
    [InlineData("unfinished", "holds no finished backup")]
    [InlineData("absent", "holds no finished backup")]
    [InlineData("format", "made by a later version")]
    [InlineData("table", "made by a later version")]
    [InlineData("key", "ShareLinks:Codes:Key is not the key that the links in this backup were minted with")]
    public async Task A_backup_that_is_not_as_it_was_written_is_refused_before_anything_is_written(string damage, string message)
    {
        var (prefix, account) = await NewTablesAsync();
        for (var i = 0; i < 50; i++)
            await account.Table("links").PutAsync(new TableEntity("p", $"{i:d3}") { ["Text"] = $"text {i * i}" });
        await Tables.BackUpAsync(azurite, prefix, Folder);
        var (manifest, links) = (Path.Combine(Folder, "manifest.json"), Path.Combine(Folder, "links.jsonl.gz"));
        var (json, bytes) = (await File.ReadAllTextAsync(manifest), await File.ReadAllBytesAsync(links));
        switch (damage)
        {
            case "flip":
                bytes[bytes.Length / 2] ^= 1;
                await File.WriteAllBytesAsync(links, bytes);
                break;
            case "cut":
                await File.WriteAllBytesAsync(links, bytes[..^1]);
                break;
            case "remove":
                File.Delete(links);
                break;
            case "rows":
                await File.WriteAllTextAsync(manifest, json.Replace("\"rows\": 50", "\"rows\": 49", StringComparison.Ordinal));
                break;
            case "manifest cut":
                await File.WriteAllTextAsync(manifest, json[..(json.Length / 2)]);
                break;
            case "manifest empty":
                await File.WriteAllTextAsync(manifest, "");
                break;
            case "manifest without tables":
                await File.WriteAllTextAsync(manifest, """{"format": 1, "createdAt": "2026-11-24T10:00:00Z", "codeKey": "a"}""");
                break;
            case "file elsewhere":
                await File.WriteAllTextAsync(manifest, json.Replace("\"links.jsonl.gz", "\"../links.jsonl.gz", StringComparison.Ordinal));
                break;
            case "unfinished":
                File.Move(manifest, Path.Combine(Folder, "unfinished"));
                break;
            case "absent":
                Directory.Delete(Folder, recursive: true);
                break;
            case "format":
                await File.WriteAllTextAsync(manifest, json.Replace("\"format\": 1", "\"format\": 2", StringComparison.Ordinal));
                break;
            case "table":
                await File.WriteAllTextAsync(manifest, json.Replace("\"table\": \"links\"", "\"table\": \"novelties\"", StringComparison.Ordinal));
                break;
        }
        var transport = new CountingTransport();
        var codeKey = damage == "key" ? "another" : CodeKey.Development.Fingerprint;
        var refusal = await Assert.ThrowsAsync<BackupException>(() => Restorer(azurite.NewAccount(transport)).RestoreAsync(Folder, codeKey, _ => { }));
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
        Assert.Empty(transport.Requests);
    }

    [Fact]
    public async Task Tables_that_hold_anything_else_are_left_alone()
    {
        var (prefix, _) = await NewTablesAsync();
        await Tables.BackUpAsync(azurite, prefix, Folder);
        foreach (var name in TableNames.All)
        {
            var transport = new CountingTransport();
            var account = azurite.NewAccount(transport);
            await account.Table(name).PutAsync(new TableEntity("p", "r"));
            transport.Reset();
            var refusal = await Assert.ThrowsAsync<BackupException>(() => Restorer(account).RestoreAsync(Folder, CodeKey.Development.Fingerprint, _ => { }));
            Assert.Contains($"Table {name} is not empty", refusal.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(transport.Requests, request => request.Method != "GET");
        }
        var other = azurite.NewAccount();
        await new RestoreMarker(other).PutAsync("ab");
        var unfinished = await Assert.ThrowsAsync<BackupException>(() => Restorer(other).RestoreAsync(Folder, CodeKey.Development.Fingerprint, _ => { }));
        Assert.Contains("unfinished restore of another backup", unfinished.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_app_that_starts_while_a_restore_begins_stops_either_the_restore_or_itself()
    {
        var (prefix, _) = await NewTablesAsync();
        await Tables.BackUpAsync(azurite, prefix, Folder);
        var target = azurite.NewPrefix();
        await using var proxy = await StorageProxy.StartAsync(azurite);
        // At the marker's write: the app's first start leaves its row, and then finds the marker.
        var account = new StorageAccount(new StorageOptions { ConnectionString = proxy.ConnectionString, TablePrefix = target });
        proxy.Before = request =>
        {
            if (request.Method == "PUT" && request.Path.Contains("running", StringComparison.Ordinal))
            {
                var settings = new TableClient(azurite.ConnectionString, target + "settings");
                settings.CreateIfNotExists();
                settings.UpsertEntity(new TableEntity("settings", "codeKey"));
            }
            return Fault.None;
        };
        await Assert.ThrowsAsync<BackupException>(() => Restorer(account).RestoreAsync(Folder, CodeKey.Development.Fingerprint, _ => { }));
        Assert.Equal(["settings settings codeKey "], await Tables.ReadAsync(azurite, target));
        Assert.Null(await new RestoreMarker(account).FindAsync());
    }

    [Fact]
    public async Task Storage_that_is_away_for_a_while_is_waited_for()
    {
        var (prefix, account) = await NewTablesAsync();
        await account.Table("links").PutAsync(new TableEntity("p", "r"));
        await using var proxy = await StorageProxy.StartAsync(azurite);
        var target = azurite.NewPrefix();
        foreach (var (of, copy) in new (string, Func<StorageAccount, Task>)[]
        {
            (prefix, through => Tables.Writer(through, new HurriedTime()).WriteAsync(Folder, _ => { })),
            (target, through => new BackupRestorer(through, new HurriedTime()).RestoreAsync(Folder, CodeKey.Development.Fingerprint, _ => { })),
        })
        {
            var (requests, refused) = (0, 0);
            proxy.Before = _ => Interlocked.Increment(ref requests) is > 8 and < 18 && Interlocked.Increment(ref refused) > 0 ? Fault.Busy : Fault.None;
            await copy(new StorageAccount(new StorageOptions { ConnectionString = proxy.ConnectionString, TablePrefix = of }));
            Assert.Equal(9, refused);
        }
        Assert.Equal(await Tables.ReadAsync(azurite, prefix), await Tables.ReadAsync(azurite, target));
    }

    private static BackupRestorer Restorer(StorageAccount account) => new(account, TimeProvider.System);

    private static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        new Random(7).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Tables that an app has started on.</summary>
    private async Task<(string Prefix, StorageAccount Account)> NewTablesAsync()
    {
        var prefix = azurite.NewPrefix();
        var account = azurite.NewAccount(prefix: prefix);
        await account.Table("settings").PutAsync(new TableEntity("settings", "codeKey") { ["Fingerprint"] = CodeKey.Development.Fingerprint });
        return (prefix, account);
    }

    private sealed class Hold(Action letGo) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            letGo();
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>Waits a hundredth of the time.</summary>
    private sealed class HurriedTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => base.CreateTimer(callback, state, dueTime / 100, period);
    }

    /// <summary>Notes the size of the largest request.</summary>
    private sealed class MeasuringTransport : HttpPipelineTransport
    {
        private readonly HttpClientTransport inner = new();
        private long largestRequest;

        public long LargestRequest => Interlocked.Read(ref largestRequest);

        public override Request CreateRequest() => inner.CreateRequest();

        public override void Process(HttpMessage message) => inner.Process(message);

        public override ValueTask ProcessAsync(HttpMessage message)
        {
            if (message.Request.Content?.TryComputeLength(out var bytes) == true)
                InterlockedMax(bytes);
            return inner.ProcessAsync(message);
        }

        private void InterlockedMax(long bytes)
        {
            for (var known = LargestRequest; bytes > known; known = LargestRequest)
                Interlocked.CompareExchange(ref largestRequest, bytes, known);
        }
    }
}
