namespace DistGrad.Host.Data;

/// <summary>Finds MNIST's files in a folder, and pairs images with labels.</summary>
internal static class Idx
{
    private const int ImageMagic = 0x803, LabelMagic = 0x801;

    /// <summary>
    /// The data of a folder: the train- and t10k-files; where only the latter are, the first four fifths of them to
    /// learn from and the rest held out.
    /// </summary>
    /// <exception cref="UserException">A file is missing, damaged or not what its name says.</exception>
    public static (StoredExamples Train, StoredExamples Test) OpenFolder(string folder)
    {
        if (!Directory.Exists(folder))
            throw new UserException($"--data: {folder} is no folder; name one with MNIST's files, or 'digits'");
        var test = Open(folder, "t10k") ?? throw new UserException(
            $"--data: {folder} has no t10k-images-idx3-ubyte[.gz] with t10k-labels-idx1-ubyte[.gz]");
        if (Open(folder, "train") is { } train)
            return (train, test);
        var learnt = test.Count * 4 / 5;
        return learnt > 0 && learnt < test.Count
            ? (test.Slice(0, learnt), test.Slice(learnt, test.Count - learnt))
            : throw new UserException($"--data: {folder} has {test.Count} examples; at least 2 are needed");
    }

    private static StoredExamples? Open(string folder, string part)
    {
        var (images, labels) = (Find(folder, $"{part}-images-idx3-ubyte"), Find(folder, $"{part}-labels-idx1-ubyte"));
        return (images, labels) switch
        {
            (null, null) => null,
            (null, _) => throw new UserException($"--data: {folder} has {Path.GetFileName(labels)} but not the images"),
            (_, null) => throw new UserException($"--data: {folder} has {Path.GetFileName(images)} but not the labels"),
            _ => Paired(images, labels),
        };
    }

    private static string? Find(string folder, string name) =>
        new[] { Path.Combine(folder, name), Path.Combine(folder, name + ".gz") }.FirstOrDefault(File.Exists);

    private static StoredExamples Paired(string imageFile, string labelFile)
    {
        var (images, labels) = (IdxFile.Open(imageFile, ImageMagic, 3), IdxFile.Open(labelFile, LabelMagic, 1));
        if (images.Dimensions is [_, var height, var width] && (height, width) != (Image.Side, Image.Side))
            throw new UserException(
                $"{imageFile}: images of {height} by {width}; {Image.Side} by {Image.Side} are needed");
        var (count, classes) = (images.Dimensions[0], new byte[labels.Dimensions[0]]);
        if (count != classes.Length)
            throw new UserException(
                $"{imageFile}: {count} images, but {classes.Length} labels in {Path.GetFileName(labelFile)}");
        if (count == 0)
            throw new UserException($"{imageFile}: no images");
        labels.Read(0, classes);
        var wrong = Array.FindIndex(classes, c => c >= Examples.Classes);
        return wrong < 0 ? new(images, classes, 0, count) : throw new UserException(
            $"{labelFile}: label {wrong} is {classes[wrong]}; 0 to {Examples.Classes - 1} are needed");
    }
}
