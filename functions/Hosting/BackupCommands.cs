using System.CommandLine;
using ShareLinks.Backup;
using ShareLinks.Codes;

namespace ShareLinks.Hosting;

/// <summary><c>backup</c> and <c>restore</c>: all tables to a folder and back.</summary>
internal static class BackupCommands
{
    public static Command CreateBackup(Func<WebApplication> build)
    {
        var to = new Option<string>("--to") { Description = "A folder that is new or empty, or that a backup which was ended left unfinished", Required = true };
        var command = new Command("backup", "Copy all tables to a folder; the app may go on meanwhile") { to };
        command.SetAction((result, cancellationToken) => CopyAsync(build, services =>
            services.GetRequiredService<BackupWriter>().WriteAsync(result.GetRequiredValue(to), Print, cancellationToken), cancellationToken));
        return command;
    }

    public static Command CreateRestore(Func<WebApplication> build)
    {
        var from = new Option<string>("--from") { Description = "The folder of a backup", Required = true };
        var command = new Command("restore", "Put a backup into empty tables; the app must be stopped. Ended before its end, the same command goes on") { from };
        command.SetAction((result, cancellationToken) => CopyAsync(build, services => services.GetRequiredService<BackupRestorer>().RestoreAsync(
            result.GetRequiredValue(from), services.GetRequiredService<CodeKey>().Fingerprint, Print, cancellationToken), cancellationToken));
        return command;
    }

    private static void Print(TableFile file) => Console.WriteLine($"{file.Table}: {file.Rows} rows, {file.Bytes} bytes");

    private static async Task<int> CopyAsync(Func<WebApplication> build, Func<IServiceProvider, Task> copy, CancellationToken cancellationToken)
    {
        try
        {
            return await CommandLine.WithStorageAsync(build, copy, cancellationToken);
        }
        catch (Exception fault) when (fault is AggregateException or IOException or UnauthorizedAccessException or InvalidDataException)
        {
            await Console.Error.WriteLineAsync(fault.Message.Split('\n')[0].TrimEnd());
            return 1;
        }
    }
}
