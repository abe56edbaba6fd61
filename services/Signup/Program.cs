using EventDriven.Contracts.Signup;
using EventDriven.Log;
using EventDriven.Log.Database;
using EventDriven.Messaging;
using EventDriven.Signup;
using EventDriven.Signup.Forget;
using EventDriven.Signup.Lookup;
using EventDriven.Signup.SignUp;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddNpgsqlDataSource("signupdb", configureDataSourceBuilder: PostgresSession.Configure);
builder.AddKeyedNpgsqlDataSource("vaultdb", configureDataSourceBuilder: PostgresSession.Configure);

builder.AddEventLog("signup", SignupContract.Types);
builder.AddMigrations(typeof(Program).Assembly);
builder.AddSubjectVault("vaultdb");
builder.AddMessaging();
builder.AddLogFollower<KeyDestroyer>();
builder.Services.AddOptions<SignupOptions>().BindConfiguration("Signup").ValidateDataAnnotations().ValidateOnStart();
builder.Services.AddSingleton<AddressHash>();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapMessaging();
app.MapSignUp();
app.MapForget();
app.MapLookup();

await app.RunAsync();
