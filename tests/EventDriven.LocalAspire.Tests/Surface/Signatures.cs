using System.Reflection;

namespace EventDriven.LocalAspire.Tests.Surface;

/// <summary>Every public member of an assembly as one line of text, in a form that does not depend on how it is written in C#.</summary>
internal static class Signatures
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static IEnumerable<string> Of(Assembly assembly) => assembly.GetExportedTypes().SelectMany(Of);

    private static IEnumerable<string> Of(Type type)
    {
        yield return $"type {Name(type)}";
        foreach (var member in type.GetMembers(Declared))
        {
            if (IsCompilerMade(member)) continue;
            var signature = member switch
            {
                FieldInfo { IsPublic: true } field => $"{Name(field.FieldType)} {field.Name}",
                PropertyInfo property when property.GetAccessors().Length > 0 => $"{Name(property.PropertyType)} {property.Name} {Accessors(property)}",
                ConstructorInfo made when IsVisible(made) => $"new({Parameters(made)})",
                MethodInfo { IsSpecialName: false } method when IsVisible(method) => $"{Name(method.ReturnType)} {method.Name}{Generics(method)}({Parameters(method)}){Constraints(method)}",
                _ => null,
            };
            if (signature is not null) yield return $"{Name(type)}: {signature}";
        }
    }

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily;

    // A record's members are the compiler's; what counts are its properties and constructor.
    private static bool IsCompilerMade(MemberInfo member) =>
        member.Name is "Equals" or "GetHashCode" or "ToString" or "PrintMembers" or "Deconstruct" or "value__"
        || member.Name.Contains('<', StringComparison.Ordinal)
        || member is ConstructorInfo made && made.DeclaringType!.GetMethod("<Clone>$") is not null && IsCopy(made);

    private static bool IsCopy(ConstructorInfo made) => made.GetParameters() is [{ } original] && original.ParameterType == made.DeclaringType;

    private static string Accessors(PropertyInfo property) =>
        $"{{{(property.GetMethod is { IsPublic: true } ? " get;" : "")}{(property.SetMethod is { IsPublic: true } ? " set;" : "")} }}";

    private static string Generics(MethodInfo method) =>
        method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(Name))}>" : "";

    private static string Constraints(MethodInfo method) => string.Concat(method.GetGenericArguments().Select(argument =>
    {
        var classOrNew = argument.GenericParameterAttributes & GenericParameterAttributes.SpecialConstraintMask;
        var constraints = argument.GetGenericParameterConstraints().Select(Name).Order(StringComparer.Ordinal);
        var all = (classOrNew == GenericParameterAttributes.None ? [] : (string[])[classOrNew.ToString()]).Concat(constraints).ToArray();
        return all.Length == 0 ? "" : $" where {argument.Name} : {string.Join(", ", all)}";
    }));

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
        $"{(parameter.IsOut ? "out " : parameter.IsIn ? "in " : "")}{Name(parameter.ParameterType)} {parameter.Name}{(parameter.HasDefaultValue ? $" = {parameter.RawDefaultValue ?? "null"}" : "")}"));

    private static string Name(Type type)
    {
        if (type.IsGenericParameter) return type.Name;
        if (type.IsByRef || type.IsArray) return Name(type.GetElementType()!) + (type.IsArray ? "[]" : "&");
        var plain = (type.FullName ?? $"{type.Namespace}.{type.Name}").Split('[')[0].Split('`')[0];
        return type.IsGenericType ? $"{plain}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : plain;
    }
}
