namespace EventDriven.Orders.FollowUp;

internal static class FollowUpRegistration
{
    extension(IHostApplicationBuilder builder)
    {
        public void AddFollowUp(OrdersOptions options)
        {
            if (options.Composition is Composition.Events)
            {
                builder.Services.AddSingleton<IFollowUp, Announced>();
                return;
            }
            builder.Services.AddSingleton<IFollowUp, CalledInline>();
            foreach (var service in CalledInline.Services)
                builder.Services.AddHttpClient(service, http => http.BaseAddress = new($"https+http://{service}")).AnswersWithin(options.AnswerWithin);
        }
    }
}
