using EventDriven.Traffic.Customers;
using EventDriven.Traffic.Mix;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.Services.AddOptions<TrafficOptions>().BindConfiguration("Traffic").ValidateDataAnnotations().ValidateOnStart();
builder.Services.AddSingleton(TimeProvider.System);
builder.Services.AddSingleton<TrafficMix>();
builder.Services.AddHttpClient<SignUpCustomer>(http => http.BaseAddress = new("https+http://signup"));
builder.Services.AddHostedService<Arrivals>();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapMix();

await app.RunAsync();
