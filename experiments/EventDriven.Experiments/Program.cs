using EventDriven.Experiments;
using EventDriven.Experiments.Catalogue.DualWrite;

if (args is ["child", "order-writer", var way])
{
    await OrderWriter.Run(way);
    return 0;
}
return await CommandLine.Run(args);
