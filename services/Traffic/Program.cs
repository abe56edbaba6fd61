using EventDriven.Traffic.Customers;
using EventDriven.Traffic.Mix;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.Services.AddOptions<TrafficOptions>().BindConfiguration("Traffic").ValidateDataAnnotations()
    .Validate(o => new MixSettings(o.Rate, o.Mix).Problems().Count == 0, $"Traffic:Mix gives each of {string.Join(", ", MixSettings.Actions)} a weight from 0 to 1000, and one at least is above 0.")
    .ValidateOnStart();
builder.Services.AddSingleton(TimeProvider.System);
builder.Services.AddSingleton<TrafficMix>();
foreach (var service in (string[])[Company.Signup, Company.Accounts, Company.Orders])
    builder.Services.AddHttpClient(service, http => http.BaseAddress = new($"https+http://{service}"));
builder.Services.AddSingleton<Company>();
builder.Services.AddSingleton<Visits>();
builder.Services.AddHostedService<Arrivals>();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapMix();

await app.RunAsync();
