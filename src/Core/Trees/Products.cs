using System.Linq.Expressions;

namespace DistGrad.Trees;

/// <summary>
/// A member of a record, a tuple or the case of a union: its name in a path, its type, and how it is read.
/// </summary>
internal sealed record Member(string Name, Type Type, Func<Expression, Expression> Get);

/// <summary>
/// How a fixed list of members is read off a value and made into one: compiled once, called ever after.
/// </summary>
internal sealed class Accessors
{
    private readonly Func<object, object?[]> take;
    private readonly Func<object?[], object> build;
    private readonly string[] names;

    public Accessors(Type type, IReadOnlyList<Member> members, Func<Expression[], Expression> make)
    {
        names = [.. members.Select(m => m.Name)];
        var value = Expression.Parameter(typeof(object));
        var typed = Expression.Convert(value, type);
        take = Expression.Lambda<Func<object, object?[]>>(
            Expression.NewArrayInit(
                typeof(object), members.Select(m => Expression.Convert(m.Get(typed), typeof(object)))),
            value).Compile();
        var parts = Expression.Parameter(typeof(object[]));
        var arguments = members.Select((m, i) =>
            (Expression)Expression.Convert(Expression.ArrayIndex(parts, Expression.Constant(i)), m.Type));
        build = Expression.Lambda<Func<object?[], object>>(
            Expression.Convert(make([.. arguments]), typeof(object)), parts).Compile();
    }

    public string Name(int part) => names[part];

    public object?[] Take(object value) => take(value);

    public object Build(object?[] parts) => build(parts);
}

/// <summary>A type whose values have the same members always: records, tuples, options that are there.</summary>
internal sealed class Product(Type type, IReadOnlyList<Member> members, Func<Expression[], Expression> make)
    : Kind(type)
{
    private readonly Accessors accessors = new(type, members, make);

    /// <summary>What it is made of, in the order of its parts.</summary>
    public IReadOnlyList<Member> Members { get; } = members;

    public override Parts Take(object value) => new(accessors.Take(value));

    public override object? Build(object?[] parts, object? content) => accessors.Build(parts);

    public override string Step(int part, object? content) => $".{accessors.Name(part)}";
}
