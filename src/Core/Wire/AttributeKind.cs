namespace DistGrad.Wire;

/// <summary>
/// A type of content that an attribute can have: the byte that stands for it, and how it is written and read.
/// </summary>
internal sealed record AttributeKind(byte Tag, Type Type, Action<WireWriter, object> Write, AttributeKind.Reading Read)
{
    public delegate object Reading(ref WireReader reader);

    public static IReadOnlyList<AttributeKind> All { get; } =
    [
        Of(1, (w, flag) => w.Bool(flag), (ref r) => r.Bool()),
        Of(2, (w, number) => w.Int32(number), (ref r) => r.Int32()),
        Of(3, (w, number) => w.Int64(number), (ref r) => r.Int64()),
        Of(4, (w, number) => w.Float64(number), (ref r) => r.Float64()),
        Of(5, (w, text) => w.Text(text), (ref r) => r.Text()),
        Of(6, (w, dtype) => w.DType(dtype), (ref r) => r.DType()),
        Of(7, (w, shape) => w.Shape(shape), (ref r) => r.Shape()),
        Of(8, (w, ints) => w.Ints(ints), (ref r) => r.Ints()),
        Of(9, (w, value) => w.Value(value), (ref r) => r.Value()),
        Of(10, (w, program) => w.Program(program), (ref r) => r.Program()),
    ];

    private delegate T Reading<T>(ref WireReader reader);

    private static AttributeKind Of<T>(byte tag, Action<WireWriter, T> write, Reading<T> read) where T : notnull => new(
        tag, typeof(T), (writer, content) => write(writer, (T)content), (ref reader) => read(ref reader));
}
