namespace ShareLinks.Posters;

/// <summary>What a picture suffers on its way from the printer to a phone.</summary>
/// <param name="BlurPixels">How far a camera that is out of focus, or shaken, spreads a point: a standard deviation in its pixels.</param>
/// <param name="Degrees">How far the phone, or the poster, is turned.</param>
/// <param name="IsStained">Whether a cup of coffee stood on it.</param>
public readonly record struct PictureDamage(double BlurPixels = 0, double Degrees = 0, bool IsStained = false);
