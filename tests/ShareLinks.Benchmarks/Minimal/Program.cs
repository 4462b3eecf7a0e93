await NothingServer.Build(args).RunAsync();
